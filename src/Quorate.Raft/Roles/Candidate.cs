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
        if (server.Writes.Durable < ownVote)
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

    /// <summary>Its part of the canonical state: how many writes its own vote still waits for.</summary>
    public void WriteState(StateWriter state)
    {
        Tally.WriteState(state);
        state.UInt64(ownVote.Value - Math.Min(ownVote.Value, server.Writes.Durable.Value));
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state)
    {
        Tally.ReadState(ref state);
        ownVote = new WriteNumber(state.UInt64());
    }

    private void Conclude()
    {
        if (Tally.IsWon(server.Configuration))
            roles.Leader.Enter(); // votes received from a majority of servers: become leader
        else if (Tally.IsLost(server.Configuration))
            roles.LoseElection();
    }
}
