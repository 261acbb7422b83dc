using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>What a look at a disk finds, record by record.</summary>
internal abstract class FoundDisk
{
    /// <summary>The last entry found.</summary>
    public abstract ulong Last { get; }

    /// <summary>It goes on from a checkpoint up to <paramref name="index"/>.</summary>
    public abstract void Begin(ulong index, InstanceId instance);

    /// <summary>The next record.</summary>
    public abstract void Add(in LogRecord record);

    /// <summary>All was read: it must be what was claimed.</summary>
    public abstract void End(HardState hard);

    /// <summary>Whether it holds the decided entry <paramref name="index"/>.</summary>
    public abstract bool HoldsDecided(ulong index);
}

/// <summary>A Raft member's.</summary>
internal sealed class FoundRaftDisk(NodeId self, ClusterWatch watch) : FoundDisk
{
    private readonly FoundLog found = new(self, watch);
    private PersistedLog claimed = null!;

    public override ulong Last => found.Log.Last;

    public override void Begin(ulong index, InstanceId instance)
    {
        claimed = watch.Raft.Disk(self.Value, instance.Value);
        found.Begin(index, claimed);
    }

    public override void Add(in LogRecord record) => found.Add(record);

    public override void End(HardState hard) => claimed.CheckFound(found.Log, CheckerWords.Of(hard), self.Value);

    public override bool HoldsDecided(ulong index) =>
        found.Log.Base >= index || (found.Log.Last >= index && found.Log.ChainAt(index) == watch.Decided.ChainAt(index));
}

/// <summary>A Multi-Paxos member's.</summary>
internal sealed class FoundPaxosDisk(NodeId self, ClusterWatch watch) : FoundDisk
{
    private readonly SlotMap found = new();
    private PersistedSlots claimed = null!;

    public override ulong Last => found.Last;

    public override void Begin(ulong index, InstanceId instance)
    {
        claimed = watch.Paxos.Disk(self.Value, instance.Value);
        found.DropUpTo(index);
    }

    public override void Add(in LogRecord record) => found.Set(record);

    public override void End(HardState hard) => claimed.CheckFound(found, hard.Epoch.Value, hard.Decided.Value, self.Value);

    public override bool HoldsDecided(ulong index) => watch.Paxos.Holds(found, index);
}
