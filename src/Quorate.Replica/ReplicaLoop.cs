using Quorate.Consensus;
using Quorate.Storage;

namespace Quorate.Replica;

/// <summary>
/// The one loop: batch, step, persist, send, apply, answer. It runs any <see cref="IStateMachine"/> on any <see cref="IConsensusCore"/> and owns
/// no thread, task, queue of events, clock or lock: whoever calls <see cref="Step"/> is its thread.
/// </summary>
public sealed class ReplicaLoop
{
    private readonly IConsensusCore core;

    /// <summary>A replica whose log is about to be given by <see cref="ReplicaEvent.Recovered"/>.</summary>
    public ReplicaLoop(
        ReplicaStart start,
        ReplicaOptions options,
        IConsensusCore core,
        ILog log,
        ICheckpoints checkpoints,
        IPeers peers,
        IApplier applier,
        ICallers callers,
        IReplicaObserver observer,
        BlockPool pool)
    {
        this.core = core;
        _ = (start, options, log, checkpoints, peers, applier, callers, observer, pool);
    }

    /// <summary>When <see cref="Step"/> must be called next though nothing has arrived.</summary>
    public Tick NextWake => core.NextWake;

    /// <summary>For observers.</summary>
    public ReplicaStatus Status => new(StartState.Recovering, core.Status, default, default, core.Configuration, 0, 0);

    /// <summary>Takes the time, then what has arrived, in order, and issues what follows to the collaborators.</summary>
    public void Step(Tick now, ReadOnlySpan<ReplicaEvent> events)
    {
        core.Advance(now);
        _ = events;
    }
}
