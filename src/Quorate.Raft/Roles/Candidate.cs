using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>A candidate (Raft Figure 2, Rules for Servers: Candidates).</summary>
internal sealed class Candidate(Server server, RoleSwitch roles)
{
    private WriteNumber ownVote;

    /// <summary>The answers.</summary>
    public Tally Tally { get; } = new();

    /// <summary>Increments currentTerm, votes for itself, resets the election timer, asks all other voters.</summary>
    /// <param name="transfer">The leader asked for it.</param>
    public void Enter(bool transfer)
    {
        server.EnterTerm(server.Term.Next, vote: server.Self);
        server.Role = CoreRole.Candidate;
        server.Timer.AwaitVotes(server.Now);
        ownVote = server.Writes.Last;
        Tally.Clear();
        var request = new RequestVote(server.Term, server.Log.Last, transfer);
        foreach (NodeId voter in Voters.Of(server.Configuration))
        {
            if (voter != server.Self)
                server.Outbox.Send(voter, request, after: ownVote);
        }
    }

    /// <summary>Its own vote counts once it is durable, like any other.</summary>
    public void OnDurable()
    {
        if (server.Role != CoreRole.Candidate || server.Writes.Durable < ownVote)
            return;
        Tally.Add(server.Self, server.Instance, granted: true);
        Conclude();
    }

    /// <summary>An answer; the dispatcher has settled terms.</summary>
    public void Handle(NodeId from, InstanceId instance, in VoteReply reply)
    {
        if (server.Role != CoreRole.Candidate || reply.Term != server.Term)
            return; // of an election that is over
        Tally.Add(from, instance, reply.Granted);
        Conclude();
    }

    /// <summary>Takes over another core's state: how many writes its vote still waits for.</summary>
    public void Restore(WriteNumber vote) => ownVote = vote;

    /// <summary>The write that makes its own vote durable.</summary>
    public WriteNumber OwnVote => ownVote;

    private void Conclude()
    {
        if (Tally.IsWon(server.Configuration))
            roles.Leader.Enter(); // votes received from a majority of servers: become leader
        else if (Tally.IsLost(server.Configuration))
            roles.LoseElection();
    }
}
