using Quorate.Consensus;
using Quorate.KeyValue.Commands;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// Runs a transaction: all compares first, nested ones included, on the state before all; then everything that could refuse it, so that
/// nothing is written before it is sure to succeed; then the operations in order, each seeing what those before it wrote.
/// </summary>
/// <param name="writer">What it writes to; null for one that only reads.</param>
internal sealed unsafe class TxnRunner(Writer? writer)
{
    private const int HeaderField = 1;
    private const int HeaderRevisionField = 3;

    // Which branch each transaction takes, in the order in which they are met.
    private readonly List<bool> branches = [];
    private int next;

    /// <summary>Ranges of the last run, compares and what puts and deletes looked up included.</summary>
    public int Ranges { get; private set; }

    /// <summary>Puts of the last run.</summary>
    public int Puts { get; private set; }

    /// <summary>Deletes of the last run.</summary>
    public int Deletes { get; private set; }

    /// <summary>Bytes of keys and values that the last run put.</summary>
    public long PutBytes { get; private set; }

    /// <summary>Runs a request.</summary>
    /// <param name="request">A TxnRequest.</param>
    /// <param name="view">The state before it.</param>
    /// <param name="body">Takes the TxnResponse without its header; null when nobody waits for it.</param>
    public KeyValueError Run(ReadOnlySpan<byte> request, in ReadView view, ByteBuffer? body)
    {
        (Ranges, Puts, Deletes, PutBytes) = (0, 0, 0, 0);
        if (!TxnRequest.TryRead(request, out TxnRequest txn))
            return KeyValueError.Malformed;
        KeyValueError error = Requests.CheckFields(txn);
        if (error != KeyValueError.None)
            return error;

        branches.Clear();
        Choose(txn, view);
        next = 0;
        error = Check(txn, txn, view);
        if (error != KeyValueError.None)
            return error;

        next = 0;
        Execute(txn, view, body);
        return KeyValueError.None;
    }

    private void Choose(in TxnRequest txn, in ReadView view)
    {
        bool succeeded = true;
        foreach (ReadOnlySpan<byte> bytes in txn.Compares)
        {
            Compare.TryRead(bytes, out Compare compare);
            Ranges++;
            if (!Comparer.Holds(compare, view))
            {
                succeeded = false;
                break;
            }
        }

        branches.Add(succeeded);
        foreach (ReadOnlySpan<byte> bytes in txn.Branch(succeeded))
        {
            Operation.TryRead(bytes, out Operation operation);
            if (operation.Kind != OperationKind.Txn)
                continue;
            TxnRequest.TryRead(operation.Request, out TxnRequest nested);
            Choose(nested, view);
        }
    }

    private KeyValueError Check(in TxnRequest txn, in TxnRequest outermost, in ReadView view)
    {
        foreach (ReadOnlySpan<byte> bytes in txn.Branch(branches[next++]))
        {
            Operation.TryRead(bytes, out Operation operation);
            KeyValueError error = KeyValueError.None;
            if (operation.Kind == OperationKind.Range)
            {
                error = CheckRange(operation.Request, view);
            }
            else if (operation.Kind == OperationKind.Put)
            {
                error = CheckPut(operation.Request, outermost, view);
            }
            else if (operation.Kind == OperationKind.Txn)
            {
                TxnRequest.TryRead(operation.Request, out TxnRequest nested);
                error = Check(nested, outermost, view);
            }

            if (error != KeyValueError.None)
                return error;
        }

        return KeyValueError.None;
    }

    private static KeyValueError CheckRange(ReadOnlySpan<byte> request, in ReadView view)
    {
        RangeRequest.TryRead(request, out RangeRequest range);
        if (range.Revision == 0)
            return KeyValueError.None;
        if (range.Revision > view.Revision)
            return KeyValueError.FutureRevision;
        return range.Revision < view.Compacted ? KeyValueError.Compacted : KeyValueError.None;
    }

    private KeyValueError CheckPut(ReadOnlySpan<byte> request, in TxnRequest outermost, in ReadView view)
    {
        PutRequest.TryRead(request, out PutRequest put);
        // etcd's order in a transaction; a put by itself is refused for its lease first.
        if ((put.IgnoreValue || put.IgnoreLease) && !new TxnForesight(branches).Exists(put.Key, request, outermost, view))
            return KeyValueError.KeyNotFound;
        return put.Lease != 0 ? KeyValueError.LeaseNotFound : KeyValueError.None;
    }

    private void Execute(in TxnRequest txn, in ReadView before, ByteBuffer? body)
    {
        bool succeeded = branches[next++];
        body?.WriteField(2, succeeded);
        foreach (ReadOnlySpan<byte> bytes in txn.Branch(succeeded))
        {
            Operation.TryRead(bytes, out Operation operation);
            int begunOperation = body?.Begin(3) ?? 0;
            if (operation.Kind == OperationKind.None)
            {
                body?.End(begunOperation);
                continue;
            }

            int begun = body?.Begin((int)operation.Kind) ?? 0;
            switch (operation.Kind)
            {
                case OperationKind.Range:
                    Range(operation.Request, writer?.View ?? before, body);
                    break;
                case OperationKind.Put:
                    Put(operation.Request, body);
                    break;
                case OperationKind.DeleteRange:
                    DeleteRange(operation.Request, body);
                    break;
                case OperationKind.Txn:
                    TxnRequest.TryRead(operation.Request, out TxnRequest nested);
                    // etcd fills in the header of the outermost transaction only; nested ones have it, empty.
                    body?.WriteMessage(HeaderField, default);
                    Execute(nested, before, body);
                    break;
                case OperationKind.None:
                    break;
            }

            body?.End(begun);
            body?.End(begunOperation);
        }
    }

    private void Range(ReadOnlySpan<byte> request, in ReadView view, ByteBuffer? body)
    {
        Ranges++;
        if (body is null)
            return;
        RangeRequest.TryRead(request, out RangeRequest range);
        WriteHeader(body, view.Revision);
        KeyValueError error = RangeReader.Run(range, view, body);
        Invariant.Check(error == KeyValueError.None);
    }

    private void Put(ReadOnlySpan<byte> request, ByteBuffer? body)
    {
        PutRequest.TryRead(request, out PutRequest put);
        KeyValueError error = writer!.Put(put, out bool existed, out Record previous);
        Invariant.Check(error == KeyValueError.None);
        Puts++;
        Ranges += put.LooksUp ? 1 : 0;
        PutBytes += put.Key.Length + put.Value.Length;
        if (body is null)
            return;
        WriteHeader(body, writer.RevisionNow);
        if (put.PrevKv && existed)
            KeyValueCodec.WriteField(body, 2, previous, PairParts.Both);
    }

    private void DeleteRange(ReadOnlySpan<byte> request, ByteBuffer? body)
    {
        DeleteRangeRequest.TryRead(request, out DeleteRangeRequest delete);
        ReadOnlySpan<nint> victims = writer!.Select(KeyRange.Of(delete.Key, delete.RangeEnd));
        writer.Delete(victims);
        Deletes++;
        Ranges += delete.PrevKv ? 1 : 0;
        if (body is null)
            return;
        WriteHeader(body, writer.RevisionNow);
        WriteDeleted(body, victims, delete.PrevKv);
    }

    /// <summary>The fields of a DeleteRangeResponse after its header.</summary>
    public static void WriteDeleted(ByteBuffer body, ReadOnlySpan<nint> deleted, bool withPairs)
    {
        body.WriteField(2, deleted.Length);
        if (!withPairs)
            return;
        foreach (nint record in deleted)
            KeyValueCodec.WriteField(body, 3, new Record((byte*)record), PairParts.Both);
    }

    private static void WriteHeader(ByteBuffer body, long revision)
    {
        int begun = body.Begin(HeaderField);
        body.WriteField(HeaderRevisionField, revision);
        body.End(begun);
    }
}
