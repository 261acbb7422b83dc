namespace Quorate.KeyValue.Commands;

/// <summary>
/// Whether a transaction would write a key twice, as etcd finds it: two puts of one key, or a put of a key that a delete covers, in
/// one branch with all that is nested in it; what excludes each other (then, else) may. Two of etcd's gaps are kept, since clients may
/// live in them: a delete to the end (range_end <c>\0</c>) covers nothing here, and a put in a nested transaction is not held against
/// a delete in a later sibling.
/// </summary>
internal static class TxnOverlap
{
    public static bool WritesTwice(in TxnRequest txn)
    {
        // One operation cannot meet another, unless it nests: the common case costs nothing.
        if (txn.SuccessCount > 1 || Nests(txn.Success))
        {
            if (Collect(txn.Success) is null)
                return true;
        }

        return (txn.FailureCount > 1 || Nests(txn.Failure)) && Collect(txn.Failure) is null;
    }

    private static bool Nests(TxnRequest.Messages operations)
    {
        foreach (ReadOnlySpan<byte> bytes in operations)
        {
            Operation.TryRead(bytes, out Operation operation);
            if (operation.Kind == OperationKind.Txn)
                return true;
        }

        return false;
    }

    /// <summary>What a branch writes; null when it writes a key twice.</summary>
    private static Writes? Collect(TxnRequest.Messages operations)
    {
        var writes = new Writes();
        foreach (ReadOnlySpan<byte> bytes in operations)
        {
            Operation.TryRead(bytes, out Operation operation);
            if (operation.Kind == OperationKind.DeleteRange)
            {
                DeleteRangeRequest.TryRead(operation.Request, out DeleteRangeRequest delete);
                writes.Deletes.Add(delete.Key, delete.RangeEnd);
            }
        }

        foreach (ReadOnlySpan<byte> bytes in operations)
        {
            Operation.TryRead(bytes, out Operation operation);
            if (operation.Kind == OperationKind.Txn && !AddNested(writes, operation.Request))
                return null;
        }

        foreach (ReadOnlySpan<byte> bytes in operations)
        {
            Operation.TryRead(bytes, out Operation operation);
            if (operation.Kind != OperationKind.Put)
                continue;
            PutRequest.TryRead(operation.Request, out PutRequest put);
            byte[] key = put.Key.ToArray();
            if (writes.Deletes.Covers(key) || !writes.Puts.Add(key))
                return null;
        }

        return writes;
    }

    private static bool AddNested(Writes writes, ReadOnlySpan<byte> request)
    {
        TxnRequest.TryRead(request, out TxnRequest txn);
        if (Collect(txn.Success) is not { } success || Collect(txn.Failure) is not { } failure)
            return false;

        foreach (byte[] key in success.Puts)
        {
            if (writes.Puts.Contains(key) || writes.Deletes.Covers(key))
                return false;
        }

        foreach (byte[] key in failure.Puts)
        {
            if (writes.Puts.Contains(key) || writes.Deletes.Covers(key))
                return false;
        }

        writes.Puts.UnionWith(success.Puts);
        writes.Puts.UnionWith(failure.Puts);
        writes.Deletes.Add(success.Deletes);
        writes.Deletes.Add(failure.Deletes);
        return true;
    }

    private sealed class Writes
    {
        public SortedSet<byte[]> Puts { get; } = new(KeyOrder.Instance);

        public KeyIntervals Deletes { get; } = new();
    }
}
