using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>How far a replica's start has come.</summary>
public enum StartState : byte
{
    /// <summary>The checkpoint is restored and the log is read.</summary>
    Recovering,

    /// <summary>It takes part.</summary>
    Running,
}

/// <summary>What observers may know of a replica, as of the last step.</summary>
/// <param name="Start">How far its start has come.</param>
/// <param name="Core">The core's own.</param>
/// <param name="Applied">The last entry that the state machine has applied.</param>
/// <param name="Checkpoint">The last entry that the published checkpoint holds.</param>
/// <param name="Configuration">In force here.</param>
/// <param name="OpenProposals">Local proposals that have not ended.</param>
/// <param name="OpenReads">Local reads that have not ended.</param>
public readonly record struct ReplicaStatus(
    StartState Start,
    CoreStatus Core,
    LogIndex Applied,
    LogIndex Checkpoint,
    Configuration Configuration,
    int OpenProposals,
    int OpenReads);
