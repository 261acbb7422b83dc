using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>The log that a reading of a disk finds, record by record in the order written.</summary>
internal sealed class FoundLog(NodeId self, ClusterWatch watch)
{
    private PersistedLog? claimed;
    private bool any;

    /// <summary>It.</summary>
    public LogChain Log { get; } = new();

    /// <summary>It goes on from a checkpoint up to <paramref name="index"/>.</summary>
    /// <param name="index">The checkpoint's last entry, 0 where there is none.</param>
    /// <param name="disk">What that disk is claimed to hold.</param>
    public void Begin(ulong index, PersistedLog disk)
    {
        claimed = disk;
        Log.Install(index, watch.Raft.Decided.ChainAt(index));
    }

    /// <summary>The next record.</summary>
    public void Add(in LogRecord record)
    {
        if (!any)
            AddFirst(record.Index - 1);
        any = true;
        // The last one written counts: an older one of the same index was overwritten.
        if (record.Index <= Log.Last)
            Log.TruncateAfter(record.Index - 1);
        Log.Append(record);
    }

    /// <summary>The log begins before or after the checkpoint: its chain up to there is known from the disk's own past, or from what is decided.</summary>
    private void AddFirst(ulong before)
    {
        ulong chain = claimed!.Durable.Knows(before) ? claimed.Durable.ChainAt(before)
            : before <= watch.Raft.Decided.Last ? watch.Raft.Decided.ChainAt(before)
            : throw new CheckFailedException(Promise.QuorumDurability, $"the log of member {self} begins at {before + 1}, after a gap");
        Log.TruncateAfter(Log.Base);
        Log.Install(before, chain);
    }
}
