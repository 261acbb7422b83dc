using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>What a replica is tuned by, and its bounds. Times in ticks, a tenth of a heartbeat each.</summary>
public sealed record ReplicaOptions
{
    /// <summary>The core's own.</summary>
    public CoreOptions Core { get; init; } = new();

    /// <summary>How long a caller waits at most. Default: 5 s and two election timeouts at a tick of 10 ms (etcd's request timeout).</summary>
    public int RequestTicks { get; init; } = 500 + 2 * 100;

    /// <summary>A forwarded read that was not answered for this long is asked again.</summary>
    public int ReadRetryTicks { get; init; } = 50;

    /// <summary>Local proposals that have not ended, at most; past it the caller gets <see cref="Refusal.TooManyRequests"/>.</summary>
    public int OpenProposalsMax { get; init; } = 1 << 17;

    /// <summary>Bytes of local proposals that wait to be sent, at most.</summary>
    public long WaitingBytesMax { get; init; } = 256 << 20;

    /// <summary>Local reads that have not ended, at most.</summary>
    public int OpenReadsMax { get; init; } = 1 << 17;

    /// <summary>Local membership changes that have not ended, at most; as many transfers.</summary>
    public int OpenChangesMax { get; init; } = 256;

    /// <summary>Read rounds in flight from this member at most; callers that come meanwhile share the next one.</summary>
    public int ReadRoundsMax { get; init; } = 4;

    /// <summary>Bytes of commands in one forwarded batch at most; one larger command travels alone.</summary>
    public int ForwardBytesMax { get; init; } = 1 << 20;

    /// <summary>Commands in one forwarded batch at most.</summary>
    public int ForwardCommandsMax { get; init; } = 4096;

    /// <summary>
    /// Bytes of forwarded commands that no answer has come for: past it no further batch leaves. Votes and answers to heartbeats go the same way, behind
    /// them: at a gigabit this is 33 ms.
    /// </summary>
    public long ForwardWindowBytes { get; init; } = 4 << 20;

    /// <summary>A checkpoint begins when the log since the last one outgrows this and that one's size.</summary>
    public long CheckpointBytesMin { get; init; } = 64 << 20;

    /// <summary>And not before this many entries (etcd: snapshot-count).</summary>
    public long CheckpointEntriesMin { get; init; } = 10_000;

    /// <summary>What slow members may hold back of the log; a larger checkpoint raises it to its own size.</summary>
    public long HoldBackBytesMax { get; init; } = 1L << 30;

    /// <summary>Bytes of one piece of a snapshot.</summary>
    public int SnapshotPieceBytes { get; init; } = 256 << 10;

    /// <summary>Pieces on their way to one member that it has not acknowledged, at most.</summary>
    public int SnapshotPiecesMax { get; init; } = 8;

    /// <summary>Pieces not acknowledged for this long are sent again.</summary>
    public int SnapshotResendTicks { get; init; } = 100;

    /// <summary>A transfer of a snapshot without progress for this long is given up.</summary>
    public int SnapshotStallTicks { get; init; } = 1500;
}

/// <summary>What a replica starts with: what storage found, and who it is.</summary>
/// <param name="Group">Its group.</param>
/// <param name="Self">This member.</param>
/// <param name="Instance">This life of its data directory.</param>
/// <param name="StartCount">How often that has been started, this start included.</param>
/// <param name="HardState">See <see cref="CoreStart.HardState"/>.</param>
/// <param name="Checkpoint">The published checkpoint; <see cref="SnapshotInfo.Initial"/> of the first configuration where there is none.</param>
/// <param name="CheckpointBytes">Its size; 0 where there is none.</param>
/// <param name="Now">The host's time.</param>
/// <param name="Seed">Seeds the core's chance.</param>
public sealed record ReplicaStart(
    GroupId Group,
    NodeId Self,
    InstanceId Instance,
    uint StartCount,
    HardState HardState,
    SnapshotInfo Checkpoint,
    long CheckpointBytes,
    Tick Now,
    ulong Seed);
