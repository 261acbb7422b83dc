using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>AppendEntries (Figure 2). Need not wait for the leader's own disk (thesis §10.2.1).</summary>
/// <param name="term">The leader's term.</param>
/// <param name="previous">The entry before the first one sent (prevLogIndex, prevLogTerm).</param>
/// <param name="commit">leaderCommit.</param>
/// <param name="round">The leader's newest read round; comes back in the reply.</param>
/// <param name="entries">What to append; empty: only to learn how far the logs agree. Borrowed for the call.</param>
internal readonly ref struct AppendEntries(
    Term term, LogPosition previous, LogIndex commit, ulong round, ReadOnlySpan<Entry> entries)
{
    /// <summary>The leader's term.</summary>
    public Term Term { get; } = term;

    /// <summary>The entry before the first one sent.</summary>
    public LogPosition Previous { get; } = previous;

    /// <summary>leaderCommit.</summary>
    public LogIndex Commit { get; } = commit;

    /// <summary>The leader's newest read round.</summary>
    public ulong Round { get; } = round;

    /// <summary>What to append.</summary>
    public ReadOnlySpan<Entry> Entries { get; } = entries;
}

/// <summary>The answer to <see cref="AppendEntries"/>. Leaves once every write issued so far is durable.</summary>
/// <param name="Term">The sender's term, for the leader to update itself.</param>
/// <param name="Success">Whether the logs agreed at the position before the entries.</param>
/// <param name="Index">Success: the last entry that the message covered, known to agree and durable. Else: prevLogIndex of the message refused.</param>
/// <param name="Hint">Else: where to look next, the sender's last entry at or before that place of no later term.</param>
/// <param name="Round">The read round of the message; 0 from a member that knows a newer term.</param>
internal readonly record struct AppendReply(Term Term, bool Success, LogIndex Index, LogPosition Hint, ulong Round)
{
    /// <summary>The logs agree up to <paramref name="match"/>.</summary>
    public static AppendReply Matched(Term term, LogIndex match, ulong round) => new(term, true, match, LogPosition.Zero, round);

    /// <summary>They do not at <paramref name="previous"/>.</summary>
    public static AppendReply Refused(Term term, LogIndex previous, LogPosition hint, ulong round) => new(term, false, previous, hint, round);
}

/// <summary>The leader is alive. Also confirms read rounds, so its answer waits for nothing.</summary>
/// <param name="Term">The leader's term.</param>
/// <param name="Commit">leaderCommit; the follower bounds it by what it knows to agree.</param>
/// <param name="Round">The newest read round; comes back in the reply.</param>
internal readonly record struct Heartbeat(Term Term, LogIndex Commit, ulong Round);

/// <summary>The answer to a <see cref="Heartbeat"/>: no newer term is known here.</summary>
/// <param name="Term">The sender's term, for the leader to update itself.</param>
/// <param name="Round">The read round of the heartbeat; 0 from a member that knows a newer term.</param>
/// <param name="Agreed">The last entry known here to agree with this leader's log; a restart forgets it, and so does losing sight of the leader.</param>
/// <param name="HasRoom">Whether the disk takes more entries.</param>
internal readonly record struct HeartbeatReply(Term Term, ulong Round, LogIndex Agreed, bool HasRoom);

/// <summary>The commit index has moved and there are no entries to carry the news. Not answered.</summary>
/// <param name="Term">The leader's term.</param>
/// <param name="Commit">leaderCommit; the follower bounds it by what it knows to agree.</param>
internal readonly record struct CommitNotice(Term Term, LogIndex Commit);

/// <summary>A snapshot has taken the place of the sender's log. Leaves once that is durable; says where to look next, and counts for nothing.</summary>
/// <param name="Term">The sender's term.</param>
/// <param name="Snapshot">The snapshot's last entry.</param>
internal readonly record struct SnapshotInstalled(Term Term, LogPosition Snapshot);
