namespace Quorate.KeyValue;

/// <summary>
/// Operations carried out by this process, as etcd counts them: ranges, puts and deletes each by themselves and within transactions, compares and what a
/// <c>prev_kv</c> or <c>ignore_...</c> looks up as ranges; transactions only of more than one of them. For metrics: written by the thread that carries
/// them out, read by any.
/// </summary>
public sealed class OperationCounts
{
    private long puts;
    private long deletes;
    private long ranges;
    private long txns;
    private long putBytes;
    private long readRanges;
    private long readTxns;

    /// <summary>Puts.</summary>
    public long Puts => Volatile.Read(ref puts);

    /// <summary>Deletes of a range, however many keys were in it.</summary>
    public long Deletes => Volatile.Read(ref deletes);

    /// <summary>Ranges.</summary>
    public long Ranges => Volatile.Read(ref ranges) + Interlocked.Read(ref readRanges);

    /// <summary>Transactions of more than one operation.</summary>
    public long Txns => Volatile.Read(ref txns) + Interlocked.Read(ref readTxns);

    /// <summary>Bytes of keys and values put.</summary>
    public long PutBytes => Volatile.Read(ref putBytes);

    /// <summary>A command of the log was carried out. The apply thread.</summary>
    internal void Applied(int ranged, int put, int deleted, long bytes)
    {
        Volatile.Write(ref ranges, ranges + ranged);
        Volatile.Write(ref puts, puts + put);
        Volatile.Write(ref deletes, deletes + deleted);
        Volatile.Write(ref putBytes, putBytes + bytes);
        if (ranged + put + deleted > 1)
            Volatile.Write(ref txns, txns + 1);
    }

    /// <summary>A read was carried out. Any thread.</summary>
    internal void Read(int ranged)
    {
        Interlocked.Add(ref readRanges, ranged);
        if (ranged > 1)
            Interlocked.Increment(ref readTxns);
    }
}
