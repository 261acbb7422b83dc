using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// Asks whether an election could be won before it raises its term (thesis §9.6), so that a member cut off and back does not disturb
/// the others. Nothing is promised, so nothing waits for the disk.
/// </summary>
internal sealed class PreCandidate(Server server, RoleSwitch roles)
{
    /// <summary>The answers.</summary>
    public Tally Tally { get; } = new();

    /// <summary>Asks every voter.</summary>
    public void Enter()
    {
        (server.Role, server.Leader) = (CoreRole.PreCandidate, NodeId.None);
        if (server.Term == Term.Zero)
            server.Timer.AwaitFirstVotes(server.Now);
        else
            server.Timer.AwaitVotes(server.Now);
        Tally.Clear();
        Tally.Add(server.Self, server.Instance, granted: true);
        foreach (NodeId voter in Voters.Of(server.Configuration))
        {
            if (voter != server.Self)
                server.Outbox.Send(voter, new PreVote(server.Term.Next, server.Log.Last));
        }

        Conclude();
    }

    /// <summary>An answer.</summary>
    public void Handle(NodeId from, InstanceId instance, in PreVoteReply reply)
    {
        if (server.Role != CoreRole.PreCandidate || (reply.Granted && reply.Term != server.Term.Next))
            return;
        Tally.Add(from, instance, reply.Granted);
        Conclude();
    }

    private void Conclude()
    {
        if (Tally.IsWon(server.Configuration))
            roles.Candidate.Enter(transfer: false);
        else if (Tally.IsLost(server.Configuration))
            roles.LoseElection();
    }
}
