namespace Quorate.KeyValue.Commands;

/// <summary>
/// Puts a transaction together: compares first, then each branch; <see cref="Begin"/> nests. For clients in tests, simulator and
/// benchmarks. Its methods return the writer itself.
/// </summary>
public sealed class TxnWriter
{
    private readonly ByteBuffer bytes = new();
    private readonly ByteBuffer part = new();
    private readonly Stack<(int Operation, int Txn, int Field)> open = new();
    private int field = 2;

    /// <summary>What was written; borrowed until the next call.</summary>
    public ReadOnlySpan<byte> Written => bytes.Written;

    /// <summary>Starts again.</summary>
    public TxnWriter Clear()
    {
        bytes.Clear();
        open.Clear();
        field = 2;
        return this;
    }

    /// <summary>A compare.</summary>
    public TxnWriter If(in Compare compare)
    {
        part.Clear();
        compare.Write(part);
        bytes.WriteMessage(1, part.Written);
        return this;
    }

    /// <summary>A compare with a number.</summary>
    public TxnWriter If(ReadOnlySpan<byte> key, CompareTarget target, CompareResult result, long number) =>
        If(new Compare { Key = key, Target = target, Result = result, Set = target, Number = number });

    /// <summary>A compare with a value.</summary>
    public TxnWriter IfValue(ReadOnlySpan<byte> key, CompareResult result, ReadOnlySpan<byte> value) =>
        If(new Compare { Key = key, Target = CompareTarget.Value, Result = result, Set = CompareTarget.Value, Value = value });

    /// <summary>What follows is done if all compares hold.</summary>
    public TxnWriter Then()
    {
        field = 2;
        return this;
    }

    /// <summary>What follows is done if a compare fails.</summary>
    public TxnWriter Else()
    {
        field = 3;
        return this;
    }

    /// <summary>A put.</summary>
    public TxnWriter Put(in PutRequest put)
    {
        part.Clear();
        put.Write(part);
        return Add(OperationKind.Put);
    }

    /// <summary>A put of a value.</summary>
    public TxnWriter Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Put(new PutRequest { Key = key, Value = value });

    /// <summary>A range.</summary>
    public TxnWriter Range(in RangeRequest range)
    {
        part.Clear();
        range.Write(part);
        return Add(OperationKind.Range);
    }

    /// <summary>A range of one key.</summary>
    public TxnWriter Range(ReadOnlySpan<byte> key) => Range(new RangeRequest { Key = key });

    /// <summary>A delete.</summary>
    public TxnWriter DeleteRange(in DeleteRangeRequest delete)
    {
        part.Clear();
        delete.Write(part);
        return Add(OperationKind.DeleteRange);
    }

    /// <summary>A delete of one key.</summary>
    public TxnWriter Delete(ReadOnlySpan<byte> key) => DeleteRange(new DeleteRangeRequest { Key = key });

    /// <summary>An operation with nothing set.</summary>
    public TxnWriter Nothing()
    {
        bytes.WriteMessage(field, default);
        return this;
    }

    /// <summary>Begins a nested transaction.</summary>
    public TxnWriter Begin()
    {
        open.Push((bytes.Begin(field), bytes.Begin((int)OperationKind.Txn), field));
        field = 2;
        return this;
    }

    /// <summary>Ends it, and goes on with the branch it stands in.</summary>
    public TxnWriter End()
    {
        (int operation, int txn, field) = open.Pop();
        bytes.End(txn);
        bytes.End(operation);
        return this;
    }

    private TxnWriter Add(OperationKind kind)
    {
        int begun = bytes.Begin(field);
        bytes.WriteMessage((int)kind, part.Written);
        bytes.End(begun);
        return this;
    }
}
