using System.Buffers;

namespace Quorate.Consensus;

/// <summary>
/// A consensus engine without I/O, time, threads or randomness of its own. It takes one input at a time, by a call, and adds
/// what it wants done to <see cref="Output"/>. Owner: the replica loop; nothing else may touch it.
/// </summary>
/// <remarks>
/// Order at start: <see cref="Begin"/>, then <see cref="Recover"/> for each record of the log, then <see cref="Ready"/>, then any input.
/// Entries handed out in <see cref="CoreOutput.Decided"/> have no gap; nothing else may be assumed of the log: Paxos accepts slots
/// out of order.
/// </remarks>
public interface IConsensusCore
{
    /// <summary>What is to be done; the caller clears it.</summary>
    CoreOutput Output { get; }

    /// <summary>When the core must next be given the time. Idle ticks cost nothing.</summary>
    Tick NextWake { get; }

    /// <summary>For observers.</summary>
    CoreStatus Status { get; }

    /// <summary>The configuration in force here, committed or not.</summary>
    Configuration Configuration { get; }

    /// <summary>It, with the entry that carries it.</summary>
    ConfigurationInForce InForce { get; }

    /// <summary>On a leader: how far each member is, by id. Elsewhere empty. A new array each time.</summary>
    MemberProgress[] Progress();

    /// <summary>First of all: what the disk holds besides the log.</summary>
    void Begin(CoreStart start);

    /// <summary>One record of the log, in the order in which they were written. All of them are durable.</summary>
    void Recover(in Entry entry);

    /// <summary>The log has ended; inputs follow.</summary>
    void Ready();

    /// <summary>
    /// Time. Given before any event that queued up meanwhile. More than a heartbeat past <see cref="NextWake"/> means that the
    /// process was paused: leases see all of it, the election timer stops one tick short of firing, once, so that what is queued is read first.
    /// </summary>
    void Advance(Tick now);

    /// <summary>A message of a peer: header, then payload bytes, in one frame. The core retains what it keeps.</summary>
    /// <param name="from">Who sent it.</param>
    /// <param name="instance">Which life of it.</param>
    /// <param name="frame">The bytes; malformed ones are refused.</param>
    /// <returns>False when the bytes are no message: the link should be dropped.</returns>
    bool Receive(NodeId from, InstanceId instance, in Payload frame);

    /// <summary>Commands to replicate; all are taken, or none. The core retains what it keeps.</summary>
    Refusal Propose(ReadOnlySpan<Payload> commands);

    /// <summary>A linearizable read; one request may stand for many callers. Ends in <see cref="CoreOutput.Reads"/> unless refused.</summary>
    Refusal Read(ulong requestId);

    /// <summary>A membership change. Ends in <see cref="CoreOutput.Changes"/> unless refused.</summary>
    Refusal Change(ConfigurationChange change);

    /// <summary>Hand leadership to <paramref name="target"/>; <see cref="NodeId.None"/>: to whom is furthest.</summary>
    Refusal Transfer(NodeId target);

    /// <summary>Try to lead now, without waiting for a time-out.</summary>
    void Campaign();

    /// <summary>All writes up to this number are durable.</summary>
    void WritesDurable(WriteNumber upTo);

    /// <summary>Whether the log has a segment to spare. Without: a leader hands over and takes no proposals, a follower takes no entries.</summary>
    void DiskHasRoom(bool room);

    /// <summary>Entries asked for, from the first on, at least one. The core retains what it keeps.</summary>
    void EntriesLoaded(ulong ticket, ReadOnlySpan<Entry> entries);

    /// <summary>The entries asked for are no longer in the log.</summary>
    void EntriesMissing(ulong ticket);

    /// <summary>
    /// A snapshot was received whole and checked. When it is ahead of what is decided here the core takes it: it adds a
    /// write of kind <see cref="LogWriteKind.Install"/>, and hands out only entries after it.
    /// </summary>
    /// <returns>False when it is of no use: the caller throws it away.</returns>
    bool InstallSnapshot(SnapshotInfo snapshot);

    /// <summary>A snapshot asked for has been delivered whole, or not.</summary>
    void SnapshotSent(NodeId to, LogIndex index, bool delivered);

    /// <summary>The state machine has applied everything up to here.</summary>
    void Applied(LogIndex upTo);

    /// <summary>A checkpoint is published: older entries may go, see <see cref="CoreOutput.DropUpTo"/>.</summary>
    /// <param name="checkpoint">It.</param>
    /// <param name="dropAtLeast">What must go even where a slow member still wants it: it holds back too much.</param>
    void CheckpointPublished(SnapshotInfo checkpoint, LogIndex dropAtLeast);

    /// <summary>Writes everything that the core's behaviour depends on, canonically: equal states, equal bytes.</summary>
    void WriteState(IBufferWriter<byte> into);

    /// <summary>Becomes the core that wrote <paramref name="state"/>; payloads are copied into <paramref name="pool"/>.</summary>
    void ReadState(ReadOnlySpan<byte> state, BlockPool pool);
}
