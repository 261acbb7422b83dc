using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>What an operator may want to read in the log.</summary>
public enum NoticeKind : byte
{
    /// <summary>Start-up has ended: the log is read, the state restored.</summary>
    Recovered,

    /// <summary>The configuration leaves instances open: a leader is elected only once every voter in it is there.</summary>
    AwaitsAllVoters,

    /// <summary>Another leader, or none; or a new epoch of the same.</summary>
    LeaderChanged,

    /// <summary>Another configuration is committed.</summary>
    ConfigurationChanged,

    /// <summary>A checkpoint begins.</summary>
    CheckpointBegun,

    /// <summary>A checkpoint is published.</summary>
    CheckpointPublished,

    /// <summary>A checkpoint was given up.</summary>
    CheckpointGivenUp,

    /// <summary>A snapshot is being sent.</summary>
    SnapshotSending,

    /// <summary>A snapshot has been delivered.</summary>
    SnapshotSent,

    /// <summary>A snapshot could not be delivered.</summary>
    SnapshotNotSent,

    /// <summary>A snapshot is being received.</summary>
    SnapshotReceiving,

    /// <summary>A snapshot was given up.</summary>
    SnapshotNotReceived,

    /// <summary>A received snapshot is in place, in the state machine too.</summary>
    SnapshotInstalled,

    /// <summary>The disk is stalled: leadership is handed over.</summary>
    StalledHandOver,

    /// <summary>The disk has no room for another log segment: nothing new is taken.</summary>
    DiskFull,

    /// <summary>It has room again.</summary>
    DiskHasRoom,

    /// <summary>A frame of a peer made no sense; it was dropped.</summary>
    MalformedFrame,

    /// <summary>Old entries were dropped from the log.</summary>
    LogDropped,
}

/// <summary>Something worth telling an operator.</summary>
/// <param name="Kind">What.</param>
/// <param name="Node">With whom, where there is somebody.</param>
/// <param name="Index">At which entry, where there is one.</param>
/// <param name="Bytes">How large, where it has a size.</param>
/// <param name="Cause">Why, where something failed.</param>
public readonly record struct Notice(
    NoticeKind Kind, NodeId Node = default, LogIndex Index = default, long Bytes = 0, string Cause = "");

/// <summary>Watches a replica: logs and metrics. Called on the loop; nothing it does may influence the replica.</summary>
public interface IReplicaObserver
{
    /// <summary>Something happened.</summary>
    void Noticed(in Notice notice);
}
