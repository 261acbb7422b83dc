using Quorate.Consensus;
using Quorate.KeyValue.Commands;

namespace Quorate.Tests.KeyValue;

/// <summary>Draws operations on a small set of keys, so that they meet each other; all from one seed.</summary>
internal sealed class Ops(ulong seed, int keyCount)
{
    private readonly Prng prng = new(seed);

    /// <summary>Any operation.</summary>
    public Op Next(Model model)
    {
        int kind = Draw(100);
        if (kind < 50)
            return Put(oneIn: 20);
        if (kind < 70)
            return Delete();
        return kind < 94 ? Txn(model, depth: 0) : new CompactOp(model.Revision - Draw(12) + 1);
    }

    public RangeOp Range(Model model)
    {
        (string key, string end) = Span();
        return new RangeOp(key, end)
        {
            Limit = Draw(3) == 0 ? Draw(6) : 0,
            Revision = Revision(model),
            Order = (SortOrder)(Draw(2) * Draw(3)),
            Target = (SortTarget)(Draw(2) * Draw(5)),
            KeysOnly = Draw(6) == 0,
            CountOnly = Draw(6) == 0,
            MinMod = Filter(model),
            MaxMod = Filter(model),
            MinCreate = Filter(model),
            MaxCreate = Filter(model),
        };
    }

    public string Key()
    {
        int number = Draw(keyCount);
        return (number % 7) switch
        {
            // Keys that are prefixes of each other, bytes at both ends, and ones too long for a page.
            0 => $"k{number}",
            1 => $"k{number}\0",
            2 => $"/registry/pods/default/{number:d5}",
            3 => $"/registry/pods/default/{number - 1:d5}\xff",
            4 => new string('x', number % 300) + number,
            5 when number % 5 == 0 => new string('y', 3000 + (number % 3 * 2000)) + (char)(number % 256),
            _ => $"\xfe{number}",
        };
    }

    private PutOp Put(int oneIn)
    {
        bool ignoreValue = Draw(oneIn) == 0;
        bool ignoreLease = Draw(oneIn) == 0;
        string value = Draw(4) == 0 ? new string((char)('a' + Draw(3)), Draw(2000)) : $"v{Draw(5)}";
        return new PutOp(
            Key(), ignoreValue ? "" : value, !ignoreLease && Draw(oneIn) == 0 ? 9 : 0, Draw(3) == 0, ignoreValue, ignoreLease);
    }

    private DeleteOp Delete()
    {
        // Ranges seldom, or little is ever left.
        if (Draw(3) > 0)
            return new DeleteOp(Key(), "", Draw(2) == 0);
        (string key, string end) = Span();
        return new DeleteOp(key, end == "\0" && Draw(4) > 0 ? "" : end, Draw(2) == 0);
    }

    private TxnOp Txn(Model model, int depth)
    {
        CompareOp[] compares = [.. Enumerable.Range(0, Draw(3)).Select(_ => Compare(model))];
        return new TxnOp(compares, Branch(model, depth), Branch(model, depth));
    }

    private Op[] Branch(Model model, int depth) => [.. Enumerable.Range(0, Draw(4)).Select(_ => Part(model, depth))];

    private Op Part(Model model, int depth) => Draw(depth < 3 ? 10 : 8) switch
    {
        < 4 => Put(oneIn: 40),
        < 6 => Delete(),
        < 8 => Range(model) with { Revision = Draw(8) == 0 ? Revision(model) : 0 },
        _ => Txn(model, depth + 1),
    };

    private CompareOp Compare(Model model)
    {
        (string key, string end) = Draw(3) == 0 ? Span() : (Key(), "");
        return new CompareOp(
            key, end, (CompareTarget)Draw(5), (CompareResult)Draw(4), Draw(3) == 0 ? Draw(4) : model.Revision - Draw(10), $"v{Draw(5)}");
    }

    private (string Key, string End) Span() => Draw(5) switch
    {
        0 => (Key(), ""),
        1 => (Key(), "\0"),
        2 => ("\0", "\0"),
        _ => (Key(), Key()),
    };

    private long Revision(Model model) => Draw(3) switch
    {
        0 => model.Revision - Draw(15) + 1,
        1 => -Draw(3),
        _ => 0,
    };

    private long Filter(Model model) => Draw(6) == 0 ? model.Revision - Draw(20) : 0;

    private int Draw(int below) => (int)prng.Below((ulong)below);
}
