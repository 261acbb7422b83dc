using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Follower side of log replication (Raft Figure 2, AppendEntries RPC: receiver implementation).</summary>
internal sealed class AppendHandler(Server server)
{
    private readonly RaftLog log = server.Log;

    /// <summary>Appends what is missing and tells the leader how far the two logs now agree.</summary>
    public void Handle(NodeId from, in AppendEntries append)
    {
        // 1. Reply false if term < currentTerm: the dispatcher has settled terms (§5.1).
        Invariant.Check(append.Term == server.Term);
        AppendReply reply = Take(append);

        // What is acknowledged must survive a crash here, and with it the term it was acknowledged in.
        server.Outbox.Send(from, reply, after: server.Writes.Last);
    }

    private AppendReply Take(in AppendEntries append)
    {
        // 2. Reply false if the log has no entry at prevLogIndex whose term is prevLogTerm (§5.3).
        if (!log.Matches(append.Previous))
            return AppendReply.Refused(server.Term, append.Previous.Index, log.ConflictHint(append.Previous), append.Round);

        int taken = log.CountHeld(append.Entries);
        if (taken < append.Entries.Length && server.DiskHasRoom)
        {
            ReadOnlySpan<Entry> missing = append.Entries[taken..];

            // 3. Delete an existing entry that conflicts, and all that follow it. Only a real conflict truncates: a delayed,
            // shorter AppendEntries must not undo a newer one.
            if (missing[0].Index <= log.Last.Index)
            {
                Invariant.Check(missing[0].Index > server.Agreed); // a leader never takes back what it sent in its term
                log.TruncateAfter(missing[0].Index.Previous);
            }

            // 4. Append any new entries not already in the log.
            log.Append(missing);
            taken = append.Entries.Length;
        }

        // What lies past the last entry sent is not known to agree with the leader's log.
        LogIndex lastNew = append.Previous.Index + taken;
        server.Agreed = LogIndex.Max(server.Agreed, lastNew);

        // 5. If leaderCommit > commitIndex, set commitIndex = min(leaderCommit, index of last new entry).
        log.CommitTo(LogIndex.Min(append.Commit, lastNew));
        return AppendReply.Matched(server.Term, lastNew, append.Round);
    }
}
