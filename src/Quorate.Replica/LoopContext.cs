using Quorate.Consensus;
using Quorate.Storage;

namespace Quorate.Replica;

/// <summary>What the parts of one loop share: who it is, its collaborators, and the time of the step under way. Owner: the loop.</summary>
internal sealed class LoopContext(
    ReplicaStart start,
    ReplicaOptions options,
    IConsensusCore core,
    ILog log,
    ICheckpoints checkpoints,
    IApplier applier,
    ICallers callers,
    IReplicaObserver observer,
    BlockPool pool)
{
    public ReplicaStart Start { get; } = start;

    public ReplicaOptions Options { get; } = options;

    public IConsensusCore Core { get; } = core;

    public ILog Log { get; } = log;

    public ICheckpoints Checkpoints { get; } = checkpoints;

    public IApplier Applier { get; } = applier;

    public ICallers Callers { get; } = callers;

    public IReplicaObserver Observer { get; } = observer;

    public BlockPool Pool { get; } = pool;

    public GroupId Group => Start.Group;

    public NodeId Self => Start.Self;

    /// <summary>The time of this step.</summary>
    public Tick Now { get; private set; } = start.Now;

    /// <summary>Counts steps.</summary>
    public ulong Step { get; private set; }

    /// <summary>Whether the core has left recovery: before, it takes no input.</summary>
    public bool Running { get; set; }

    /// <summary>Whether the log has a segment to spare.</summary>
    public bool DiskHasRoom { get; private set; } = true;

    /// <summary>A step begins.</summary>
    public void BeginStep(Tick now)
    {
        Invariant.Check(now >= Now);
        (Now, Step) = (now, Step + 1);
    }

    /// <summary>The log has a segment to spare, or has none.</summary>
    public void DiskRoom(bool room)
    {
        if (room == DiskHasRoom)
            return;
        DiskHasRoom = room;
        Notice(room ? NoticeKind.DiskHasRoom : NoticeKind.DiskFull);
    }

    public void Notice(
        NoticeKind kind, NodeId node = default, LogIndex index = default, long bytes = 0, string cause = "") =>
        Observer.Noticed(new Notice(kind, node, index, bytes, cause));
}
