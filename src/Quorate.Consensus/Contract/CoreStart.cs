namespace Quorate.Consensus;

/// <summary>What a core begins with. The log's own records follow by <see cref="IConsensusCore.Recover"/>.</summary>
/// <param name="Now">The host's time.</param>
/// <param name="Self">This member.</param>
/// <param name="Instance">This life of its data directory.</param>
/// <param name="HardState">As the disk has it: the maximum of the hard-state file and the log's newest epoch.</param>
/// <param name="Checkpoint">What the state machine was restored from; <see cref="SnapshotInfo.Initial"/> on a new disk.</param>
/// <param name="Seed">Seeds the core's own <see cref="Prng"/>.</param>
public sealed record CoreStart(
    Tick Now,
    NodeId Self,
    InstanceId Instance,
    HardState HardState,
    SnapshotInfo Checkpoint,
    ulong Seed);
