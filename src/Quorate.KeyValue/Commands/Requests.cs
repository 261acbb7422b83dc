using Quorate.KeyValue.Mvcc;

namespace Quorate.KeyValue.Commands;

/// <summary>What a member's flags allow a request.</summary>
/// <param name="OperationsMax"><c>--max-txn-ops</c>: compares, and operations of each branch, of a transaction.</param>
/// <param name="RequestBytesMax"><c>--max-request-bytes</c>: bytes of a proposal.</param>
public readonly record struct RequestLimits(int OperationsMax, int RequestBytesMax)
{
    /// <summary>etcd's defaults: 128 operations, 1.5 MiB.</summary>
    public static RequestLimits Default => new(128, 1_572_864);
}

/// <summary>How a transaction must be carried out.</summary>
public enum TxnClass : byte
{
    /// <summary>It is proposed: something in it may write, or is a nested transaction.</summary>
    Write,

    /// <summary>Ranges alone, one of them linearizable: a read barrier, no log entry.</summary>
    LinearizableRead,

    /// <summary>Serializable ranges alone, or no operation at all: local state will do.</summary>
    SerializableRead,
}

/// <summary>
/// What a member checks before it takes a request, in etcd 3.7's order. Any thread. The state machine relies on none of it: what was
/// proposed unchecked is applied without harm.
/// </summary>
public static class Requests
{
    /// <summary>Checks a RangeRequest.</summary>
    public static KeyValueError CheckRange(ReadOnlySpan<byte> request) =>
        RangeRequest.TryRead(request, out RangeRequest range) ? Check(range) : KeyValueError.Malformed;

    /// <summary>Checks a PutRequest.</summary>
    public static KeyValueError CheckPut(ReadOnlySpan<byte> request, RequestLimits limits)
    {
        if (!PutRequest.TryRead(request, out PutRequest put))
            return KeyValueError.Malformed;
        KeyValueError error = Check(put);
        return error != KeyValueError.None ? error : CheckSize(request, limits);
    }

    /// <summary>Checks a DeleteRangeRequest.</summary>
    public static KeyValueError CheckDeleteRange(ReadOnlySpan<byte> request, RequestLimits limits)
    {
        if (!DeleteRangeRequest.TryRead(request, out DeleteRangeRequest delete))
            return KeyValueError.Malformed;
        return delete.Key.IsEmpty ? KeyValueError.KeyNotProvided : CheckSize(request, limits);
    }

    /// <summary>Checks a TxnRequest, nested ones included: limits and fields first, then whether it would write a key twice.</summary>
    public static KeyValueError CheckTxn(ReadOnlySpan<byte> request, RequestLimits limits)
    {
        if (!TxnRequest.TryRead(request, out TxnRequest txn))
            return KeyValueError.Malformed;
        KeyValueError error = Check(txn, limits.OperationsMax);
        if (error != KeyValueError.None)
            return error;
        if (TxnOverlap.WritesTwice(txn))
            return KeyValueError.DuplicateKey;
        return Classify(txn) == TxnClass.Write ? CheckSize(request, limits) : KeyValueError.None;
    }

    /// <summary>Checks a CompactionRequest. Whether its revision will do is known only when it is applied.</summary>
    public static KeyValueError CheckCompaction(ReadOnlySpan<byte> request) =>
        CompactionRequest.TryRead(request, out _) ? KeyValueError.None : KeyValueError.Malformed;

    /// <summary>How a TxnRequest that <see cref="CheckTxn"/> has let pass is carried out.</summary>
    public static TxnClass Classify(ReadOnlySpan<byte> request) =>
        TxnRequest.TryRead(request, out TxnRequest txn) ? Classify(txn) : TxnClass.Write;

    /// <summary>Bytes that a PutRequest adds to the store at most.</summary>
    public static long GrowthOfPut(ReadOnlySpan<byte> request) =>
        PutRequest.TryRead(request, out PutRequest put) ? Record.SizeOf(put.Key.Length, put.Value.Length) : 0;

    /// <summary>Bytes that a TxnRequest adds to the store at most, whichever branch is taken; 0 when it puts nothing. Deletes do not count: they make room.</summary>
    public static long GrowthOfTxn(ReadOnlySpan<byte> request) => TxnRequest.TryRead(request, out TxnRequest txn) ? Growth(txn) : 0;

    /// <summary>Whether a RangeRequest asks for local state only.</summary>
    public static bool IsSerializable(ReadOnlySpan<byte> rangeRequest) =>
        RangeRequest.TryRead(rangeRequest, out RangeRequest range) && range.Serializable;

    /// <summary>Whether a RangeRequest can be answered key by key, in chunks: no sorting but by key, no filters.</summary>
    public static bool IsInKeyOrder(ReadOnlySpan<byte> rangeRequest) =>
        RangeRequest.TryRead(rangeRequest, out RangeRequest range) && range.IsInKeyOrder;

    /// <summary>Whether a CompactionRequest is answered only when the old data is gone.</summary>
    public static bool IsPhysical(ReadOnlySpan<byte> compactionRequest) =>
        CompactionRequest.TryRead(compactionRequest, out CompactionRequest compaction) && compaction.Physical;

    /// <summary>What apply looks at again: each request by itself, without limits that a member's flags set.</summary>
    internal static KeyValueError CheckFields(in TxnRequest txn) => Check(txn, int.MaxValue);

    internal static KeyValueError CheckFields(in PutRequest put) => Check(put);

    private static KeyValueError CheckSize(ReadOnlySpan<byte> request, RequestLimits limits) =>
        request.Length > limits.RequestBytesMax ? KeyValueError.RequestTooLarge : KeyValueError.None;

    private static KeyValueError Check(in RangeRequest range)
    {
        if (range.Key.IsEmpty)
            return KeyValueError.KeyNotProvided;
        return range.SortOrder is < SortOrder.None or > SortOrder.Descend || range.SortTarget is < SortTarget.Key or > SortTarget.Value
            ? KeyValueError.InvalidSortOption
            : KeyValueError.None;
    }

    private static KeyValueError Check(in PutRequest put)
    {
        if (put.Key.IsEmpty)
            return KeyValueError.KeyNotProvided;
        if (put.IgnoreValue && !put.Value.IsEmpty)
            return KeyValueError.ValueProvided;
        return put.IgnoreLease && put.Lease != 0 ? KeyValueError.LeaseProvided : KeyValueError.None;
    }

    private static KeyValueError Check(in TxnRequest txn, int operationsMax)
    {
        int operations = Math.Max(txn.CompareCount, Math.Max(txn.SuccessCount, txn.FailureCount));
        if (operations > operationsMax)
            return KeyValueError.TooManyOperations;

        foreach (ReadOnlySpan<byte> bytes in txn.Compares)
        {
            if (!Compare.TryRead(bytes, out Compare compare) || compare.Key.IsEmpty)
                return KeyValueError.KeyNotProvided;
        }

        KeyValueError error = CheckOperations(txn.Success, operationsMax - operations);
        return error != KeyValueError.None ? error : CheckOperations(txn.Failure, operationsMax - operations);
    }

    private static KeyValueError CheckOperations(TxnRequest.Messages operations, int operationsMax)
    {
        foreach (ReadOnlySpan<byte> bytes in operations)
        {
            Operation.TryRead(bytes, out Operation operation);
            KeyValueError error = operation.Kind switch
            {
                OperationKind.None => KeyValueError.KeyNotFound,
                OperationKind.Range => CheckRange(operation.Request),
                OperationKind.Put => PutRequest.TryRead(operation.Request, out PutRequest put) ? Check(put) : KeyValueError.Malformed,
                OperationKind.DeleteRange => CheckDelete(operation.Request),
                OperationKind.Txn => TxnRequest.TryRead(operation.Request, out TxnRequest txn)
                    ? Check(txn, operationsMax)
                    : KeyValueError.Malformed,
            };
            if (error != KeyValueError.None)
                return error;
        }

        return KeyValueError.None;
    }

    private static KeyValueError CheckDelete(ReadOnlySpan<byte> request)
    {
        if (!DeleteRangeRequest.TryRead(request, out DeleteRangeRequest delete))
            return KeyValueError.Malformed;
        return delete.Key.IsEmpty ? KeyValueError.KeyNotProvided : KeyValueError.None;
    }

    private static long Growth(in TxnRequest txn) => Math.Max(Growth(txn.Success), Growth(txn.Failure));

    private static long Growth(TxnRequest.Messages operations)
    {
        long growth = 0;
        foreach (ReadOnlySpan<byte> bytes in operations)
        {
            Operation.TryRead(bytes, out Operation operation);
            growth += operation.Kind switch
            {
                OperationKind.Put => GrowthOfPut(operation.Request),
                OperationKind.Txn => GrowthOfTxn(operation.Request),
                OperationKind.None or OperationKind.Range or OperationKind.DeleteRange => 0,
            };
        }

        return growth;
    }

    private static TxnClass Classify(in TxnRequest txn)
    {
        TxnClass success = Classify(txn.Success);
        TxnClass failure = Classify(txn.Failure);
        return success < failure ? success : failure;
    }

    private static TxnClass Classify(TxnRequest.Messages operations)
    {
        TxnClass found = TxnClass.SerializableRead;
        foreach (ReadOnlySpan<byte> bytes in operations)
        {
            Operation.TryRead(bytes, out Operation operation);
            if (operation.Kind != OperationKind.Range)
                return TxnClass.Write;
            if (!IsSerializable(operation.Request))
                found = TxnClass.LinearizableRead;
        }

        return found;
    }
}
