using Quorate.KeyValue.Commands;
using static Quorate.Tests.KeyValue.Driver;

namespace Quorate.Tests.KeyValue;

/// <summary>Turns the model's operations into requests.</summary>
internal static class OpCodec
{
    public static RangeRequest Request(RangeOp op) => new()
    {
        Key = Bytes(op.Key),
        RangeEnd = Bytes(op.End),
        Limit = op.Limit,
        Revision = op.Revision,
        SortOrder = op.Order,
        SortTarget = op.Target,
        KeysOnly = op.KeysOnly,
        CountOnly = op.CountOnly,
        MinModRevision = op.MinMod,
        MaxModRevision = op.MaxMod,
        MinCreateRevision = op.MinCreate,
        MaxCreateRevision = op.MaxCreate,
    };

    public static PutRequest Request(PutOp op) => new()
    {
        Key = Bytes(op.Key),
        Value = Bytes(op.Value),
        Lease = op.Lease,
        PrevKv = op.PrevKv,
        IgnoreValue = op.IgnoreValue,
        IgnoreLease = op.IgnoreLease,
    };

    public static DeleteRangeRequest Request(DeleteOp op) => new() { Key = Bytes(op.Key), RangeEnd = Bytes(op.End), PrevKv = op.PrevKv };

    public static byte[] Command(Op op) => op switch
    {
        PutOp put => CommandWriter.Put(Request(put)),
        DeleteOp delete => CommandWriter.DeleteRange(Request(delete)),
        TxnOp txn => CommandWriter.Txn(Write(new TxnWriter(), txn)),
        CompactOp compact => CommandWriter.Compact(compact.Revision),
        _ => throw new InvalidOperationException($"{op}"),
    };

    public static OperationKind Kind(Op op) => op switch
    {
        PutOp => OperationKind.Put,
        DeleteOp => OperationKind.DeleteRange,
        TxnOp => OperationKind.Txn,
        RangeOp => OperationKind.Range,
        _ => OperationKind.None,
    };

    public static TxnWriter Write(TxnWriter writer, TxnOp txn)
    {
        foreach (CompareOp compare in txn.Compares)
        {
            writer.If(new Compare
            {
                Key = Bytes(compare.Key),
                RangeEnd = Bytes(compare.End),
                Target = compare.Target,
                Result = compare.Result,
                Set = compare.Target,
                Number = compare.Number,
                Value = Bytes(compare.Value),
            });
        }

        writer.Then();
        foreach (Op op in txn.Then)
            Write(writer, op);
        writer.Else();
        foreach (Op op in txn.Else)
            Write(writer, op);
        return writer;
    }

    private static void Write(TxnWriter writer, Op op)
    {
        switch (op)
        {
            case PutOp put: writer.Put(Request(put)); break;
            case DeleteOp delete: writer.DeleteRange(Request(delete)); break;
            case RangeOp range: writer.Range(Request(range)); break;
            case TxnOp txn:
                writer.Begin();
                Write(writer, txn);
                writer.End();
                break;
            default: throw new InvalidOperationException($"{op}");
        }
    }
}
