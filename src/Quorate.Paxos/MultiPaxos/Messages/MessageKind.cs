namespace Quorate.Paxos.MultiPaxos;

/// <summary>The first byte of every message.</summary>
internal enum MessageKind : byte
{
    /// <summary><see cref="MultiPaxos.PreVote"/>.</summary>
    PreVote = 1,

    /// <summary><see cref="MultiPaxos.PreVoteReply"/>.</summary>
    PreVoteReply = 2,

    /// <summary><see cref="MultiPaxos.Prepare"/>.</summary>
    Prepare = 3,

    /// <summary><see cref="MultiPaxos.Promise"/>.</summary>
    Promise = 4,

    /// <summary><see cref="MultiPaxos.Refused"/>.</summary>
    Refused = 5,

    /// <summary><see cref="MultiPaxos.Accept"/>.</summary>
    Accept = 6,

    /// <summary><see cref="MultiPaxos.Accepted"/>.</summary>
    Accepted = 7,

    /// <summary><see cref="MultiPaxos.Heartbeat"/>.</summary>
    Heartbeat = 8,

    /// <summary><see cref="MultiPaxos.HeartbeatReply"/>.</summary>
    HeartbeatReply = 9,

    /// <summary><see cref="MultiPaxos.DecidedNotice"/>.</summary>
    DecidedNotice = 10,

    /// <summary><see cref="MultiPaxos.HandOver"/>.</summary>
    HandOver = 11,
}
