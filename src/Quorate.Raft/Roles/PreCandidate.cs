using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// Asks whether an election could be won before it raises its term (thesis §9.6), so that a member cut off and back does not disturb
/// the others. Nothing is promised, so nothing waits for the disk.
/// </summary>
internal sealed class PreCandidate(Server server, RoleSwitch roles)
{
    private readonly Tally tally = new();
    private Tick askedAt; // to tell answers to this question from those to an earlier one

    /// <summary>Asks every voter.</summary>
    public void Enter()
    {
        // Nobody was ever elected, and others may not be there yet: the first question is short. The next bears links that are slower than that.
        bool isFirst = server.Term == Term.Zero && server.Role != CoreRole.PreCandidate;
        (server.Role, server.Leader) = (CoreRole.PreCandidate, NodeId.None);
        askedAt = server.Now;
        if (isFirst)
            server.Timer.AwaitFirstVotes(server.Now);
        else
            server.Timer.AwaitVotes(server.Now);
        tally.Clear();
        tally.Add(server.Self, server.Instance, granted: true);
        foreach (NodeId voter in Voters.Of(server.Configuration))
        {
            if (voter != server.Self)
                server.Outbox.Send(voter, new PreVote(server.Term.Next, server.Log.Last, askedAt));
        }

        Conclude();
    }

    /// <summary>An answer.</summary>
    public void Handle(NodeId from, InstanceId instance, in PreVoteReply reply)
    {
        // Who would have voted once need not any more: a leader may have been elected since.
        if (server.Role != CoreRole.PreCandidate || reply.Asked != askedAt || (reply.Granted && reply.Term != server.Term.Next))
            return;
        tally.Add(from, instance, reply.Granted);
        Conclude();
    }

    /// <summary>Its part of the canonical state.</summary>
    public void WriteState(StateWriter state, StateWriter timing)
    {
        tally.WriteState(state);
        timing.Int64(server.Now - askedAt);
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state, ref StateReader timing)
    {
        tally.ReadState(ref state);
        askedAt = server.Now + -timing.Int64();
    }

    private void Conclude()
    {
        if (tally.IsWon(server.Configuration))
            roles.Candidate.Enter(transfer: false);
        else if (tally.IsLost(server.Configuration))
            roles.LoseElection();
    }
}
