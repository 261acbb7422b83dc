namespace Quorate.Simulation;

/// <summary>How a disk behaves just now. The world turns these while a run goes on.</summary>
public sealed class DiskFaults
{
    /// <summary>A read or write takes at least this long.</summary>
    public long LatencyMinNanoseconds { get; set; } = 20_000;

    /// <summary>A read or write takes at most this long.</summary>
    public long LatencyMaxNanoseconds { get; set; } = 100_000;

    /// <summary>A sync takes at least this long.</summary>
    public long SyncMinNanoseconds { get; set; } = 100_000;

    /// <summary>A sync takes at most this long.</summary>
    public long SyncMaxNanoseconds { get; set; } = 2_000_000;

    /// <summary>What finds, renames or deletes a file takes up to this long; 0: as long as a read.</summary>
    public long NamesMaxNanoseconds { get; set; }

    /// <summary>Nothing completes before this time: the disk is stalled.</summary>
    public long StalledUntilNanoseconds { get; set; }

    /// <summary>So many of the next reads fail.</summary>
    public int ReadsToFail { get; set; }

    /// <summary>So many of the next writes fail, written in part.</summary>
    public int WritesToFail { get; set; }

    /// <summary>So many of the next syncs fail.</summary>
    public int SyncsToFail { get; set; }

    /// <summary>Syncs succeed and make nothing durable. No run draws it, as no promise outlives it: it tries those who look at disks.</summary>
    public bool SyncsLie { get; set; }

    /// <summary>Requests that failed for one of these reasons.</summary>
    public int Failed { get; internal set; }
}
