using Quorate.Consensus;
using Quorate.Storage;

namespace Quorate.Replica;

/// <summary>What can reach a replica besides time.</summary>
public enum ReplicaEventKind : byte
{
    /// <summary>A frame of a peer, from the stream of messages.</summary>
    Frame,

    /// <summary>A frame of a peer, from the stream of snapshots.</summary>
    SnapshotFrame,

    /// <summary>The snapshot stream to a peer has room again.</summary>
    SnapshotRoom,

    /// <summary>The snapshot stream to a peer broke.</summary>
    SnapshotBroken,

    /// <summary>Commands of local callers.</summary>
    Proposals,

    /// <summary>A local caller wants a linearizable read.</summary>
    Read,

    /// <summary>A local caller wants a membership change.</summary>
    Change,

    /// <summary>A local caller wants leadership handed over.</summary>
    Transfer,

    /// <summary>A new instance of a member asks to take the old one's place.</summary>
    RejoinAsked,

    /// <summary>Try to lead now.</summary>
    Campaign,

    /// <summary>A record of the log, read at start.</summary>
    Recovered,

    /// <summary>The log has been read to its end.</summary>
    RecoveryEnded,

    /// <summary>The log has taken a batch's bytes.</summary>
    LogWritten,

    /// <summary>All log writes up to a number are durable.</summary>
    LogDurable,

    /// <summary>Old entries, as asked for.</summary>
    LogLoaded,

    /// <summary>Old entries asked for are gone.</summary>
    LogMissing,

    /// <summary>Whether the log has a segment to spare.</summary>
    LogRoom,

    /// <summary>A checkpoint is published.</summary>
    CheckpointPublished,

    /// <summary>A checkpoint was given up.</summary>
    CheckpointGivenUp,

    /// <summary>Bytes of a snapshot being received are written.</summary>
    SnapshotTaken,

    /// <summary>A snapshot lies whole beside the published checkpoint.</summary>
    SnapshotReceived,

    /// <summary>A snapshot being received was given up.</summary>
    SnapshotReceiveFailed,

    /// <summary>A checkpoint is open to be read.</summary>
    ReaderOpened,

    /// <summary>A piece of it.</summary>
    ReaderPiece,

    /// <summary>A batch is applied.</summary>
    Applied,

    /// <summary>The state machine's state is captured.</summary>
    Captured,

    /// <summary>A piece of a restore is taken.</summary>
    RestoreTaken,

    /// <summary>The state machine is restored.</summary>
    Restored,
}

/// <summary>
/// One thing that has arrived. A value of one shape for all kinds, so that a queue of them allocates nothing; each kind is made by
/// the method of its name.
/// </summary>
public readonly struct ReplicaEvent
{
    private ReplicaEvent(ReplicaEventKind kind, object? subject = null, ulong number = 0, ulong other = 0, Payload frame = default)
    {
        Kind = kind;
        Subject = subject;
        Number = number;
        Other = other;
        Bytes = frame;
    }

    /// <summary>Which.</summary>
    public ReplicaEventKind Kind { get; }

    internal object? Subject { get; }

    internal ulong Number { get; }

    internal ulong Other { get; }

    internal Payload Bytes { get; }

    /// <summary>A frame of the stream of messages. The event carries one reference to it; the loop gives it back.</summary>
    public static ReplicaEvent Frame(NodeId from, InstanceId instance, Payload frame) =>
        new(ReplicaEventKind.Frame, null, from.Value, instance.Value, frame);

    /// <summary>A frame of the stream of snapshots. The event carries one reference to it; the loop gives it back.</summary>
    public static ReplicaEvent SnapshotFrame(NodeId from, InstanceId instance, Payload frame) =>
        new(ReplicaEventKind.SnapshotFrame, null, from.Value, instance.Value, frame);

    /// <summary>See <see cref="IPeerEvents.RejoinAsked"/>.</summary>
    public static ReplicaEvent RejoinAsked(NodeId member, InstanceId instance) =>
        new(ReplicaEventKind.RejoinAsked, null, member.Value, instance.Value);

    /// <summary>See <see cref="IPeerEvents.SnapshotRoom"/>.</summary>
    public static ReplicaEvent SnapshotRoom(NodeId to) => new(ReplicaEventKind.SnapshotRoom, null, to.Value);

    /// <summary>See <see cref="IPeerEvents.SnapshotBroken"/>.</summary>
    public static ReplicaEvent SnapshotBroken(NodeId to) => new(ReplicaEventKind.SnapshotBroken, null, to.Value);

    /// <summary>Commands of local callers; the batch is borrowed until <see cref="ReplicaLoop.Step"/> returns.</summary>
    public static ReplicaEvent Proposals(ProposalBatch batch) => new(ReplicaEventKind.Proposals, batch);

    /// <summary>A linearizable read; ends in <see cref="ICallers.ReadReady"/> or <see cref="ICallers.ReadFailed"/>.</summary>
    public static ReplicaEvent Read(ulong read) => new(ReplicaEventKind.Read, null, read);

    /// <summary>A membership change; ends in <see cref="ICallers.ChangeEnded"/> with its request id.</summary>
    public static ReplicaEvent Change(ConfigurationChange change) => new(ReplicaEventKind.Change, change);

    /// <summary>Hand leadership over; <see cref="NodeId.None"/>: to whom is furthest. Ends in <see cref="ICallers.TransferEnded"/>.</summary>
    public static ReplicaEvent Transfer(ulong transfer, NodeId target) =>
        new(ReplicaEventKind.Transfer, null, transfer, target.Value);

    /// <summary>See <see cref="IConsensusCore.Campaign"/>.</summary>
    public static ReplicaEvent Campaign() => new(ReplicaEventKind.Campaign);

    /// <summary>Records of the log read at start, in the order in which they were written; all durable.</summary>
    public static ReplicaEvent Recovered(List<LoadedEntry> entries, byte[] bytes) =>
        new(ReplicaEventKind.Recovered, new LoadedEntries(entries, bytes));

    /// <summary>All records have been given.</summary>
    public static ReplicaEvent RecoveryEnded() => new(ReplicaEventKind.RecoveryEnded);

    /// <summary>See <see cref="ILogEvents.Written"/>.</summary>
    public static ReplicaEvent LogWritten(LogBatch batch) => new(ReplicaEventKind.LogWritten, batch);

    /// <summary>See <see cref="ILogEvents.Durable"/>.</summary>
    public static ReplicaEvent LogDurable(WriteNumber upTo) => new(ReplicaEventKind.LogDurable, null, upTo.Value);

    /// <summary>See <see cref="ILogEvents.Loaded"/>.</summary>
    public static ReplicaEvent LogLoaded(ulong ticket, List<LoadedEntry> entries, byte[] bytes) =>
        new(ReplicaEventKind.LogLoaded, new LoadedEntries(entries, bytes), ticket);

    /// <summary>See <see cref="ILogEvents.Missing"/>.</summary>
    public static ReplicaEvent LogMissing(ulong ticket) => new(ReplicaEventKind.LogMissing, null, ticket);

    /// <summary>See <see cref="ILogEvents.Room"/>.</summary>
    public static ReplicaEvent LogRoom(bool room) => new(ReplicaEventKind.LogRoom, null, room ? 1UL : 0UL);

    /// <summary>See <see cref="ICheckpointEvents.Published"/>.</summary>
    public static ReplicaEvent CheckpointPublished(SnapshotInfo info, long lengthBytes) =>
        new(ReplicaEventKind.CheckpointPublished, info, (ulong)lengthBytes);

    /// <summary>See <see cref="ICheckpointEvents.GivenUp"/>.</summary>
    public static ReplicaEvent CheckpointGivenUp(string cause) => new(ReplicaEventKind.CheckpointGivenUp, cause);

    /// <summary>See <see cref="ICheckpointEvents.Taken"/>.</summary>
    public static ReplicaEvent SnapshotTaken(long totalBytes) => new(ReplicaEventKind.SnapshotTaken, null, (ulong)totalBytes);

    /// <summary>See <see cref="ICheckpointEvents.Received"/>.</summary>
    public static ReplicaEvent SnapshotReceived(SnapshotInfo info) => new(ReplicaEventKind.SnapshotReceived, info);

    /// <summary>See <see cref="ICheckpointEvents.ReceiveFailed"/>.</summary>
    public static ReplicaEvent SnapshotReceiveFailed(string cause) => new(ReplicaEventKind.SnapshotReceiveFailed, cause);

    /// <summary>See <see cref="ICheckpointEvents.Opened"/>.</summary>
    public static ReplicaEvent ReaderOpened(ulong reader, SnapshotInfo info, long lengthBytes) =>
        new(ReplicaEventKind.ReaderOpened, info, reader, (ulong)lengthBytes);

    /// <summary>See <see cref="ICheckpointEvents.Piece"/>.</summary>
    public static ReplicaEvent ReaderPiece(ulong reader, byte[] bytes) => new(ReplicaEventKind.ReaderPiece, bytes, reader);

    /// <summary>See <see cref="IApplyEvents.Applied"/>.</summary>
    public static ReplicaEvent Applied(ApplyBatch batch) => new(ReplicaEventKind.Applied, batch);

    /// <summary>See <see cref="IApplyEvents.Captured"/>.</summary>
    public static ReplicaEvent Captured(ISnapshotSource source) => new(ReplicaEventKind.Captured, source);

    /// <summary>See <see cref="IApplyEvents.RestoreTaken"/>.</summary>
    public static ReplicaEvent RestoreTaken() => new(ReplicaEventKind.RestoreTaken);

    /// <summary>See <see cref="IApplyEvents.Restored"/>.</summary>
    public static ReplicaEvent Restored() => new(ReplicaEventKind.Restored);

    /// <inheritdoc/>
    public override string ToString() => Number == 0 ? $"{Kind}" : $"{Kind} {Number}";
}

/// <summary>Entries read back, with the array that their bytes lie in.</summary>
internal sealed record LoadedEntries(List<LoadedEntry> Entries, byte[] Bytes);
