using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Could I win an election in <paramref name="Term"/>? Changes nothing at either end (thesis §9.6).</summary>
/// <param name="Term">The term that the sender would campaign in; it has not entered it.</param>
/// <param name="Last">Its last entry (lastLogIndex, lastLogTerm).</param>
/// <param name="Asked">When it asked, by its own clock: comes back with the answer.</param>
internal readonly record struct PreVote(Term Term, LogPosition Last, Tick Asked);

/// <summary>The answer to a <see cref="PreVote"/>.</summary>
/// <param name="Term">Granted: the term asked about. Refused: the term in force at the sender.</param>
/// <param name="Granted">Whether the sender would vote.</param>
/// <param name="Asked">From the question: an answer that comes late is none to the next one.</param>
internal readonly record struct PreVoteReply(Term Term, bool Granted, Tick Asked);

/// <summary>RequestVote (Figure 2). Leaves once term and own vote are durable.</summary>
/// <param name="Term">The candidate's term.</param>
/// <param name="Last">Its last entry (lastLogIndex, lastLogTerm).</param>
/// <param name="Transfer">The leader itself asked for this election: a live leader is no reason to ignore it (thesis §4.2.3).</param>
internal readonly record struct RequestVote(Term Term, LogPosition Last, bool Transfer);

/// <summary>The answer to a <see cref="RequestVote"/>. Leaves once the vote is durable.</summary>
/// <param name="Term">The sender's term, for the candidate to update itself.</param>
/// <param name="Granted">voteGranted.</param>
internal readonly record struct VoteReply(Term Term, bool Granted);

/// <summary>The leader asks its follower to campaign at once (thesis §3.10).</summary>
/// <param name="Term">The leader's term.</param>
internal readonly record struct TimeoutNow(Term Term);
