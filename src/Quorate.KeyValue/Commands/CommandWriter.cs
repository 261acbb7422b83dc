namespace Quorate.KeyValue.Commands;

/// <summary>Commands as they stand in the log: the kind, then the request's bytes. For whoever proposes without a server.</summary>
public static class CommandWriter
{
    /// <summary>A put.</summary>
    public static byte[] Put(in PutRequest request)
    {
        ByteBuffer buffer = Begin(CommandKind.Put);
        request.Write(buffer);
        return buffer.Written.ToArray();
    }

    /// <summary>A put of a value.</summary>
    public static byte[] Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Put(new PutRequest { Key = key, Value = value });

    /// <summary>A delete.</summary>
    public static byte[] DeleteRange(in DeleteRangeRequest request)
    {
        ByteBuffer buffer = Begin(CommandKind.DeleteRange);
        request.Write(buffer);
        return buffer.Written.ToArray();
    }

    /// <summary>A delete of one key.</summary>
    public static byte[] Delete(ReadOnlySpan<byte> key) => DeleteRange(new DeleteRangeRequest { Key = key });

    /// <summary>A transaction.</summary>
    public static byte[] Txn(TxnWriter txn) => Of(CommandKind.Txn, txn.Written);

    /// <summary>A compaction.</summary>
    public static byte[] Compact(long revision) => Of(CommandKind.Compaction, new CompactionRequest { Revision = revision });

    /// <summary>A request that is encoded already.</summary>
    public static byte[] Of(CommandKind kind, ReadOnlySpan<byte> request)
    {
        byte[] bytes = new byte[1 + request.Length];
        bytes[0] = (byte)kind;
        request.CopyTo(bytes.AsSpan(1));
        return bytes;
    }

    private static byte[] Of(CommandKind kind, in CompactionRequest request)
    {
        ByteBuffer buffer = Begin(kind);
        request.Write(buffer);
        return buffer.Written.ToArray();
    }

    private static ByteBuffer Begin(CommandKind kind)
    {
        var buffer = new ByteBuffer();
        buffer.WriteByte((byte)kind);
        return buffer;
    }
}
