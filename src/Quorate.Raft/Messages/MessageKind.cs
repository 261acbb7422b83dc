namespace Quorate.Raft;

/// <summary>The first byte of every message.</summary>
internal enum MessageKind : byte
{
    /// <summary><see cref="Raft.PreVote"/>.</summary>
    PreVote = 1,

    /// <summary><see cref="Raft.PreVoteReply"/>.</summary>
    PreVoteReply = 2,

    /// <summary><see cref="Raft.RequestVote"/>.</summary>
    RequestVote = 3,

    /// <summary><see cref="Raft.VoteReply"/>.</summary>
    VoteReply = 4,

    /// <summary><see cref="Raft.AppendEntries"/>.</summary>
    AppendEntries = 5,

    /// <summary><see cref="Raft.AppendReply"/>.</summary>
    AppendReply = 6,

    /// <summary><see cref="Raft.Heartbeat"/>.</summary>
    Heartbeat = 7,

    /// <summary><see cref="Raft.HeartbeatReply"/>.</summary>
    HeartbeatReply = 8,

    /// <summary><see cref="Raft.CommitNotice"/>.</summary>
    CommitNotice = 9,

    /// <summary><see cref="Raft.TimeoutNow"/>.</summary>
    TimeoutNow = 10,

    /// <summary><see cref="Raft.SnapshotInstalled"/>.</summary>
    SnapshotInstalled = 11,
}
