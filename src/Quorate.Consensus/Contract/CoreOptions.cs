namespace Quorate.Consensus;

/// <summary>What an engine is tuned by. The same on every member, save that heartbeats may differ, and with them the ticks, a tenth of one each, that times are counted in.</summary>
public sealed record CoreOptions
{
    /// <summary>A leader sends at least this often.</summary>
    public int HeartbeatTicks { get; init; } = 10;

    /// <summary>
    /// A follower campaigns when it has heard nothing for one to two times this long: in milliseconds the same on every member, in ticks rounded up. At
    /// least 5 heartbeats on every member, which leases rest on.
    /// </summary>
    public int ElectionTicks { get; init; } = 100;

    /// <summary>
    /// After a start a follower campaigns already when it has heard nothing for one to two times this long, and asks again as soon while there
    /// has been no election at all; 0: as always. Only with <see cref="PreVote"/>, which keeps it from disturbing a live leader, and without
    /// <see cref="LeaseReads"/>, which promise a leader that nobody campaigns so soon.
    /// </summary>
    public int FirstElectionTicks { get; init; }

    /// <summary>Ask first whether an election could be won, without raising the term (thesis §9.6).</summary>
    public bool PreVote { get; init; } = true;

    /// <summary>A leader that hears from no quorum for an election timeout steps down; followers do not leave a live leader (thesis §6.2).</summary>
    public bool CheckQuorum { get; init; } = true;

    /// <summary>Serve reads without a round while the lease of the last one lasts. Rests on <see cref="ClockDriftPerMille"/>.</summary>
    public bool LeaseReads { get; init; }

    /// <summary>How far two members' clocks may drift apart, in thousandths; shortens leases.</summary>
    public int ClockDriftPerMille { get; init; } = 100;

    /// <summary>Paxos: how many voters each phase needs. Raft knows majorities alone.</summary>
    public QuorumSizes Quorums { get; init; } = QuorumSizes.Majority;

    /// <summary>
    /// Paxos: a configuration comes into force so many slots after its own, and so many slots at most are open at once (α). 2 and up. The
    /// same on every member for all of a group's life: it is part of the protocol. Nothing records or compares it, so a node is refused any other than the default.
    /// </summary>
    public int ReconfigurationWindow { get; init; } = ReconfigurationWindowDefault;

    /// <summary>α of every node, in slots.</summary>
    public const int ReconfigurationWindowDefault = 1024;

    /// <summary>Entries in one message at most.</summary>
    public int MessageEntriesMax { get; init; } = 1024;

    /// <summary>Payload bytes in one message at most; one larger entry travels alone.</summary>
    public int MessageBytesMax { get; init; } = 1 << 20;

    /// <summary>Messages with entries on their way to one peer at most.</summary>
    public int InflightMessagesMax { get; init; } = 256;

    /// <summary>Payload bytes on their way to one peer at most.</summary>
    public long InflightBytesMax { get; init; } = 16 << 20;

    /// <summary>Undecided entries a leader holds before it refuses proposals.</summary>
    public int UndecidedEntriesMax { get; init; } = 100_000;

    /// <summary>Undecided payload bytes a leader holds before it refuses proposals.</summary>
    public long UndecidedBytesMax { get; init; } = 256 << 20;

    /// <summary>Decided entries handed out before <see cref="IConsensusCore.Applied"/> must report progress.</summary>
    public int ApplyEntriesMax { get; init; } = 20_000;

    /// <summary>Payload bytes of recent entries kept in memory for peers and apply; older ones are loaded.</summary>
    public long WindowBytesMax { get; init; } = 64 << 20;

    /// <summary>Entries kept behind a checkpoint for members that are a little late (etcd: snapshot-catchup-entries).</summary>
    public int CatchUpEntries { get; init; } = 5000;
}
