using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>The voter's side of elections (Raft Figure 2, RequestVote RPC: receiver implementation).</summary>
internal sealed class VoteHandler(Server server)
{
    /// <summary>
    /// Whether a vote request is not even looked at: a live leader was heard from (thesis §6.2), and it is not the leader itself that
    /// hands over. Not even its term is taken.
    /// </summary>
    public bool Ignores(in RequestVote request) =>
        request.Term > server.Term && !request.Transfer && server.HasLiveLeader;

    /// <summary>Answers a vote request. The dispatcher has settled terms: the request's is at most ours.</summary>
    public void Handle(NodeId from, in RequestVote request)
    {
        Invariant.Check(request.Term <= server.Term);
        bool granted = request.Term == server.Term // 1. Reply false if term < currentTerm (§5.1)
            && server.Leader.IsNone
            && (request.Transfer || !server.HasLiveLeader) // its term may have come from elsewhere since a lease was confirmed
            && (server.VotedFor.IsNone || server.VotedFor == from) // 2. votedFor is null or candidateId,
            && request.Last.IsAtLeastAsUpToDateAs(server.Log.Last); // and its log is as up to date as ours (§5.4.1)
        if (granted)
        {
            if (server.VotedFor.IsNone)
                server.VoteFor(from);
            server.Timer.Reset(server.Now);
        }

        // A vote that a crash could take back might be given twice: it waits for the disk, like the term it speaks of.
        server.Outbox.Send(from, new VoteReply(server.Term, granted), after: server.Writes.Last);
    }

    /// <summary>Answers a pre-vote (thesis §9.6): as a vote would be, but nothing changes here, so nothing need be durable.</summary>
    public void Handle(NodeId from, in PreVote request)
    {
        bool couldVote = request.Term > server.Term
            || (request.Term == server.Term && server.Leader.IsNone && (server.VotedFor.IsNone || server.VotedFor == from));
        bool granted = couldVote && !server.HasLiveLeader && request.Last.IsAtLeastAsUpToDateAs(server.Log.Last);
        server.Outbox.Send(from, new PreVoteReply(granted ? request.Term : server.Term, granted, request.Asked));
    }
}
