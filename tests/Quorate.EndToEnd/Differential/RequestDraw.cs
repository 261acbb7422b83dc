using Google.Protobuf;
using Quorate.Consensus;
using Quorate.Protocol.Etcdserverpb;
using CompareResult = Quorate.Protocol.Etcdserverpb.Compare.Types.CompareResult;
using CompareTarget = Quorate.Protocol.Etcdserverpb.Compare.Types.CompareTarget;

namespace Quorate.EndToEnd.Differential;

/// <summary>A call as it is sent.</summary>
/// <param name="Method">Of etcdserverpb.KV.</param>
/// <param name="Bytes">The request message.</param>
/// <param name="Text">The request in words; with a note where its bytes were damaged after that.</param>
internal sealed record DrawnCall(string Method, byte[] Bytes, string Text);

/// <summary>
/// Draws requests: few keys, so that they meet; every option; revisions around what there is and was; transactions in transactions; bytes that are no
/// message. At most eleven keys: up to twelve Go's sort is stable, so even the order of equals can be compared.
/// </summary>
internal sealed class RequestDraw(Prng random)
{
    private static readonly ByteString[] Keys =
        [.. new[] { "a", "aa", "b", "ba", "c", "d", "e", "a\0", "f" }.Select(ByteString.CopyFromUtf8), ByteString.CopyFrom(0xFF), ByteString.CopyFrom(0)];

    private static readonly ByteString[] Values = [.. new[] { "", "0", "1", "22", "x", "a value of some length" }.Select(ByteString.CopyFromUtf8)];

    /// <summary>The newest revision: what is drawn lies around it.</summary>
    public long Revision { get; set; } = 1;

    /// <summary>What was compacted.</summary>
    public long Compacted { get; set; }

    /// <summary>Draws a call.</summary>
    public DrawnCall Draw()
    {
        (string method, IMessage request) = DrawRequest();
        byte[] bytes = request.ToByteArray();
        string text = $"{method} {request}";
        if (random.Chance(1, 12) && bytes.Length > 0)
        {
            byte[] damaged = Damage(bytes);
            if (IsComparable(method, damaged))
                (bytes, text) = (damaged, $"{text}, damaged: {Convert.ToHexString(damaged)}");
        }

        return new DrawnCall(method, bytes, text);
    }

    private (string Method, IMessage Request) DrawRequest() => random.Below(100) switch
    {
        < 34 => ("Put", Put()),
        < 62 => ("Range", Range()),
        < 70 => ("DeleteRange", Delete()),
        < 98 => ("Txn", Transaction()),
        _ => ("Compact", new CompactionRequest { Revision = Compaction(), Physical = Chance(3) }),
    };

    private bool Chance(ulong oneIn) => random.Chance(1, oneIn);

    private T OneOf<T>(T[] choices) => choices[random.Below((ulong)choices.Length)];

    private ByteString Key() => Chance(40) ? ByteString.Empty : OneOf(Keys);

    private ByteString RangeEnd() => random.Below(10) switch
    {
        < 4 => ByteString.Empty,
        < 8 => OneOf(Keys),
        8 => ByteString.CopyFrom(0),
        _ => ByteString.CopyFromUtf8("b"),
    };

    private long PastRevision() => random.Below(12) switch
    {
        < 6 => random.Between(Math.Max(1, Compacted - 1), Revision),
        < 8 => Compacted + random.Between(-1, 1),
        < 10 => Revision + random.Between(-1, 2),
        10 => random.Between(-3, 0),
        _ => random.Between(1, Revision),
    };

    private long Compaction() => Chance(4) ? PastRevision() : random.Between(Compacted, Math.Max(Compacted, Revision - 20));

    private PutRequest Put()
    {
        var put = new PutRequest { Key = Key(), Value = OneOf(Values), PrevKv = Chance(3) };
        if (Chance(8))
        {
            put.IgnoreValue = true;
            if (!Chance(5))
                put.Value = ByteString.Empty;
        }

        put.IgnoreLease = Chance(12);
        put.Lease = Chance(25) ? 7 : 0;
        return put;
    }

    private RangeRequest Range() => new()
    {
        Key = Key(),
        RangeEnd = RangeEnd(),
        Limit = random.Below(8) switch { < 4 => 0, < 7 => random.Between(1, 5), _ => OneOf([-1L, long.MaxValue, long.MinValue, 1L << 40]) },
        Revision = Chance(3) ? PastRevision() : 0,
        SortOrder = (RangeRequest.Types.SortOrder)random.Below(3),
        SortTarget = (RangeRequest.Types.SortTarget)random.Below(5),
        Serializable = Chance(2),
        KeysOnly = Chance(5),
        CountOnly = Chance(6),
        MinModRevision = Chance(8) ? PastRevision() : 0,
        MaxModRevision = Chance(8) ? PastRevision() : 0,
        MinCreateRevision = Chance(8) ? PastRevision() : 0,
        MaxCreateRevision = Chance(8) ? PastRevision() : 0,
    };

    private DeleteRangeRequest Delete() => new() { Key = Key(), RangeEnd = Chance(2) ? ByteString.Empty : RangeEnd(), PrevKv = Chance(2) };

    private Compare Condition()
    {
        var compare = new Compare
        {
            Key = Key(),
            RangeEnd = Chance(4) ? RangeEnd() : ByteString.Empty,
            Result = (CompareResult)(Chance(60) ? 4 : (int)random.Below(4)),
            Target = (CompareTarget)(Chance(60) ? 5 : (int)random.Below(5)),
        };
        switch (Chance(8) ? random.Below(6) : (ulong)compare.Target)
        {
            case 0: compare.Version = random.Between(0, 3); break;
            case 1: compare.CreateRevision = Chance(3) ? 0 : PastRevision(); break;
            case 2: compare.ModRevision = Chance(3) ? 0 : PastRevision(); break;
            case 3: compare.Value = OneOf(Values); break;
            case 4: compare.Lease = random.Between(-1, 1); break;
            default: break; // none set
        }

        return compare;
    }

    private TxnRequest Transaction()
    {
        TxnRequest txn = Transaction(depth: 0);
        // etcd 3.5 panics where a put builds on a key that a delete to the end takes away before it.
        if (EndsEverything(txn))
            ForgetIgnoring(txn);
        return txn;
    }

    private TxnRequest Transaction(int depth)
    {
        var txn = new TxnRequest();
        for (ulong i = random.Below(3); i > 0; i--)
            txn.Compare.Add(Condition());
        int most = Chance(80) ? 131 : 4;
        for (long i = most > 4 ? random.Between(126, most) : random.Between(0, most); i > 0; i--)
            txn.Success.Add(Operation(depth, most > 4));
        for (ulong i = random.Below(4); i > 0; i--)
            txn.Failure.Add(Operation(depth, readsOnly: false));
        return txn;
    }

    private RequestOp Operation(int depth, bool readsOnly)
    {
        if (readsOnly)
            return new RequestOp { RequestRange = new RangeRequest { Key = Keys[0] } };
        return random.Below(20) switch
        {
            < 8 => new RequestOp { RequestPut = Put() },
            < 14 => new RequestOp { RequestRange = Range() },
            < 17 => new RequestOp { RequestDeleteRange = Delete() },
            < 19 when depth < 3 => new RequestOp { RequestTxn = Transaction(depth + 1) },
            < 19 => new RequestOp { RequestPut = Put() },
            _ => Chance(4) ? new RequestOp() : new RequestOp { RequestRange = Range() },
        };
    }

    private byte[] Damage(byte[] bytes)
    {
        byte[] damaged = [.. bytes];
        switch (random.Below(3))
        {
            case 0:
                return damaged[..(int)random.Below((ulong)damaged.Length)];
            case 1:
                return [.. damaged, .. damaged[(int)random.Below((ulong)damaged.Length)..]];
            default:
                damaged[random.Below((ulong)damaged.Length)] = (byte)random.NextUInt64();
                return damaged;
        }
    }

    /// <summary>
    /// Damage may make what is never drawn: a transaction that etcd 3.5 does not survive, or an order of sorting or a number of more than 64 bits,
    /// which it takes and later ones refuse.
    /// </summary>
    private static bool IsComparable(string method, byte[] bytes)
    {
        if (HasNumberTooLarge(bytes))
            return false;
        try
        {
            if (method == "Range")
                return IsSortable(RangeRequest.Parser.ParseFrom(bytes));
            if (method != "Txn")
                return true;
            TxnRequest txn = TxnRequest.Parser.ParseFrom(bytes);
            return !(EndsEverything(txn) && Ignores(txn)) && AllOperations(txn).All(o => o.RequestRange is not { } range || IsSortable(range));
        }
        catch (InvalidProtocolBufferException)
        {
            return true;
        }
    }

    private static bool HasNumberTooLarge(byte[] bytes)
    {
        int run = 0;
        foreach (byte each in bytes)
        {
            if (each < 0x80 && each > 1 && run >= 9)
                return true;
            run = each >= 0x80 ? run + 1 : 0;
        }

        return false;
    }

    private static bool IsSortable(RangeRequest range) => Enum.IsDefined(range.SortOrder) && Enum.IsDefined(range.SortTarget);

    private static bool EndsEverything(TxnRequest txn) => AllOperations(txn).Any(
        o => o.RequestDeleteRange is { RangeEnd: { Length: 1 } end } && end[0] == 0);

    private static bool Ignores(TxnRequest txn) => AllOperations(txn).Any(o => o.RequestPut is { } put && (put.IgnoreValue || put.IgnoreLease));

    private static void ForgetIgnoring(TxnRequest txn)
    {
        foreach (RequestOp operation in AllOperations(txn))
        {
            if (operation.RequestPut is { } put)
                put.IgnoreValue = put.IgnoreLease = false;
        }
    }

    private static IEnumerable<RequestOp> AllOperations(TxnRequest txn) => txn.Success.Concat(txn.Failure).SelectMany(
        o => o.RequestTxn is { } nested ? AllOperations(nested).Append(o) : [o]);
}
