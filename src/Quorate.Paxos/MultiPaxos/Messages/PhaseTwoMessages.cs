using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Phase 2a, for slots that follow one another. Need not wait for the leader's own disk: it has promised its ballot, and counts itself only when durable.</summary>
/// <param name="ballot">The leader's ballot.</param>
/// <param name="decided">Slots up to here are decided.</param>
/// <param name="round">The leader's newest read round; comes back in the reply.</param>
/// <param name="proposals">At least one. Borrowed for the call.</param>
internal readonly ref struct Accept(Ballot ballot, LogIndex decided, ulong round, ReadOnlySpan<Entry> proposals)
{
    /// <summary>The leader's ballot.</summary>
    public Ballot Ballot { get; } = ballot;

    /// <summary>Slots up to here are decided.</summary>
    public LogIndex Decided { get; } = decided;

    /// <summary>The leader's newest read round.</summary>
    public ulong Round { get; } = round;

    /// <summary>What to accept.</summary>
    public ReadOnlySpan<Entry> Proposals { get; } = proposals;
}

/// <summary>Phase 2b: the slots of an <see cref="Accept"/> are accepted, or decided, here. Leaves once they are durable.</summary>
/// <param name="Ballot">The ballot.</param>
/// <param name="First">The first slot.</param>
/// <param name="Last">The last slot.</param>
/// <param name="Round">The read round of the message.</param>
internal readonly record struct Accepted(Ballot Ballot, LogIndex First, LogIndex Last, ulong Round);

/// <summary>The leader is alive. Also confirms read rounds, so its answer waits for nothing.</summary>
/// <param name="Ballot">The leader's ballot.</param>
/// <param name="Decided">Slots up to here are decided.</param>
/// <param name="Round">The newest read round; comes back in the reply.</param>
/// <param name="Beat">Grows with each heartbeat; comes back in the reply.</param>
internal readonly record struct Heartbeat(Ballot Ballot, LogIndex Decided, ulong Round, ulong Beat);

/// <summary>The answer to a <see cref="Heartbeat"/>: no higher ballot is promised here. Also tells what of the leader's slots has come.</summary>
/// <param name="Ballot">The ballot.</param>
/// <param name="Round">The read round of the heartbeat; 0 when none was asked for.</param>
/// <param name="Beat">The number of the heartbeat; 0 when there was none.</param>
/// <param name="Agreed">Every slot up to here is accepted under the ballot, or decided, here.</param>
/// <param name="Durable">And up to here it is durable.</param>
/// <param name="DecidedOnDisk">Up to here the disk says that slots are decided: a start knows it without asking anybody.</param>
/// <param name="HasRoom">Whether the disk takes more.</param>
internal readonly record struct HeartbeatReply(
    Ballot Ballot, ulong Round, ulong Beat, LogIndex Agreed, LogIndex Durable, LogIndex DecidedOnDisk, bool HasRoom);

/// <summary>More is decided, and there are no proposals to carry the news. Not answered.</summary>
/// <param name="Ballot">The ballot that the sender leads. Of one that teaches: all those slots were decided in this ballot or lower ones.</param>
/// <param name="Decided">Slots up to here are decided.</param>
/// <param name="Leads">Whether the sender leads. Otherwise it teaches, and is not to be followed.</param>
internal readonly record struct DecidedNotice(Ballot Ballot, LogIndex Decided, bool Leads);
