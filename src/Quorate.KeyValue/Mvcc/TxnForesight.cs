using Quorate.KeyValue.Commands;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// Whether a key will exist when a transaction comes to a certain put: <c>ignore_value</c> and <c>ignore_lease</c> build on it, and the transaction
/// must be refused before it writes anything. etcd looks at the state before the transaction only, and panics where an earlier delete
/// to the end takes the key away.
/// </summary>
internal ref struct TxnForesight(List<bool> branches)
{
    private int next;
    private bool reached;

    /// <param name="key">The key.</param>
    /// <param name="put">The put's bytes, where they lie in the outermost transaction: that says which put it is.</param>
    /// <param name="outermost">The transaction.</param>
    /// <param name="view">The state before it.</param>
    public bool Exists(ReadOnlySpan<byte> key, ReadOnlySpan<byte> put, in TxnRequest outermost, in ReadView view)
    {
        bool exists = view.TryGet(key, view.Revision, out _);
        Walk(outermost, key, put, ref exists);
        return exists;
    }

    private void Walk(in TxnRequest txn, ReadOnlySpan<byte> key, ReadOnlySpan<byte> upTo, ref bool exists)
    {
        foreach (ReadOnlySpan<byte> bytes in txn.Branch(branches[next++]))
        {
            Operation.TryRead(bytes, out Operation operation);
            if (operation.Kind == OperationKind.Put)
            {
                if (operation.Request == upTo)
                {
                    reached = true;
                    return;
                }

                PutRequest.TryRead(operation.Request, out PutRequest put);
                exists |= put.Key.SequenceEqual(key);
            }
            else if (operation.Kind == OperationKind.DeleteRange)
            {
                DeleteRangeRequest.TryRead(operation.Request, out DeleteRangeRequest delete);
                exists &= !KeyRange.Of(delete.Key, delete.RangeEnd).Contains(key);
            }
            else if (operation.Kind == OperationKind.Txn)
            {
                TxnRequest.TryRead(operation.Request, out TxnRequest nested);
                Walk(nested, key, upTo, ref exists);
                if (reached)
                    return;
            }
        }
    }
}
