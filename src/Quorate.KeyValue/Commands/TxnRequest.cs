namespace Quorate.KeyValue.Commands;

/// <summary>What an operation of a transaction is.</summary>
public enum OperationKind : byte
{
    /// <summary>Nothing is set.</summary>
    None = 0,

    /// <summary>A <see cref="RangeRequest"/>.</summary>
    Range = 1,

    /// <summary>A <see cref="PutRequest"/>.</summary>
    Put = 2,

    /// <summary>A <see cref="DeleteRangeRequest"/>.</summary>
    DeleteRange = 3,

    /// <summary>A nested <see cref="TxnRequest"/>.</summary>
    Txn = 4,
}

/// <summary>etcdserverpb.RequestOp, read in place.</summary>
public readonly ref struct Operation
{
    private Operation(OperationKind kind, ReadOnlySpan<byte> request)
    {
        Kind = kind;
        Request = request;
    }

    /// <summary>What it is.</summary>
    public OperationKind Kind { get; }

    /// <summary>The request's own bytes.</summary>
    public ReadOnlySpan<byte> Request { get; }

    /// <summary>Reads an operation, not the request in it; false when the bytes are none. Of several requests the last counts.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Operation operation)
    {
        operation = default;
        var reader = new FieldReader(bytes);
        while (reader.Next(out int field))
        {
            if (field is >= 1 and <= 4)
                operation = new Operation((OperationKind)field, reader.Bytes());
            else
                reader.Skip();
        }

        return reader.IsWhole;
    }
}

/// <summary>
/// etcdserverpb.TxnRequest, read in place. <see cref="TryRead"/> looks at every byte once, nested requests included; whoever holds
/// one can rely on everything in it being well formed.
/// </summary>
public readonly ref struct TxnRequest
{
    /// <summary>Transactions in transactions at most; a deeper one is malformed. etcd's limit on operations allows 129.</summary>
    public const int DepthMax = 256;

    private const int CompareField = 1;
    private const int SuccessField = 2;
    private const int FailureField = 3;

    private readonly ReadOnlySpan<byte> bytes;

    private TxnRequest(ReadOnlySpan<byte> bytes) => this.bytes = bytes;

    /// <summary>How many compares.</summary>
    public int CompareCount { get; private init; }

    /// <summary>How many operations if all compares hold.</summary>
    public int SuccessCount { get; private init; }

    /// <summary>How many operations else.</summary>
    public int FailureCount { get; private init; }

    /// <summary>The compares.</summary>
    public Messages Compares => new(bytes, CompareField);

    /// <summary>The operations if all compares hold.</summary>
    public Messages Success => new(bytes, SuccessField);

    /// <summary>The operations else.</summary>
    public Messages Failure => new(bytes, FailureField);

    /// <summary>The operations of one branch.</summary>
    public Messages Branch(bool succeeded) => succeeded ? Success : Failure;

    /// <summary>Reads a request; false when the bytes are none. Unknown fields are left out.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out TxnRequest request) => TryReadNested(bytes, 0, out request);

    private static bool TryReadNested(ReadOnlySpan<byte> bytes, int depth, out TxnRequest request)
    {
        request = default;
        int compares = 0;
        int success = 0;
        int failure = 0;
        var reader = new FieldReader(bytes);
        while (reader.Next(out int field))
        {
            bool whole = true;
            switch (field)
            {
                case CompareField:
                    compares++;
                    whole = Compare.TryRead(reader.Bytes(), out _);
                    break;
                case SuccessField:
                    success++;
                    whole = IsWhole(reader.Bytes(), depth);
                    break;
                case FailureField:
                    failure++;
                    whole = IsWhole(reader.Bytes(), depth);
                    break;
                default:
                    reader.Skip();
                    break;
            }

            if (!whole)
                return false;
        }

        request = new TxnRequest(bytes) { CompareCount = compares, SuccessCount = success, FailureCount = failure };
        return reader.IsWhole;
    }

    private static bool IsWhole(ReadOnlySpan<byte> bytes, int depth) =>
        Operation.TryRead(bytes, out Operation operation) && operation.Kind switch
        {
            OperationKind.None => true,
            OperationKind.Range => RangeRequest.TryRead(operation.Request, out _),
            OperationKind.Put => PutRequest.TryRead(operation.Request, out _),
            OperationKind.DeleteRange => DeleteRangeRequest.TryRead(operation.Request, out _),
            OperationKind.Txn => depth < DepthMax && TryReadNested(operation.Request, depth + 1, out _),
        };

    /// <summary>The messages of one repeated field, in order.</summary>
    public ref struct Messages
    {
        private readonly int wanted;
        private FieldReader reader;

        internal Messages(ReadOnlySpan<byte> bytes, int field)
        {
            wanted = field;
            reader = new FieldReader(bytes);
        }

        /// <summary>The bytes of the message at hand.</summary>
        public ReadOnlySpan<byte> Current { get; private set; }

        /// <summary>For foreach.</summary>
        public readonly Messages GetEnumerator() => this;

        /// <summary>Goes on; false at the end.</summary>
        public bool MoveNext()
        {
            while (reader.Next(out int field))
            {
                if (field == wanted)
                {
                    Current = reader.Bytes();
                    return true;
                }

                reader.Skip();
            }

            return false;
        }
    }
}
