using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Asks whether a phase 1 could be won before it raises its ballot, so that a member cut off and back does not disturb the others.</summary>
internal sealed class PreCandidate(Server server, RoleSwitch roles)
{
    private readonly Canvass canvass = new(server);

    /// <summary>Asks every voter.</summary>
    public void Enter()
    {
        // Nobody was ever elected, and others may not be there yet: the first question is short. The next bears links that are slower than that.
        bool isFirst = server.Promised == Ballot.Zero && server.Role != CoreRole.PreCandidate;
        (server.Role, server.Leader) = (CoreRole.PreCandidate, NodeId.None);
        if (isFirst)
            server.Timer.AwaitFirstVotes(server.Now);
        else
            server.Timer.AwaitVotes(server.Now);
        canvass.Begin();
        Conclude();
    }

    /// <summary>An answer.</summary>
    public void Handle(NodeId from, InstanceId instance, in PreVoteReply reply)
    {
        canvass.Count(from, instance, reply);
        Conclude();
    }

    /// <summary>Its part of the canonical state.</summary>
    public void WriteState(StateWriter state, StateWriter timing) => canvass.WriteState(state, timing);

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state, ref StateReader timing) => canvass.ReadState(ref state, ref timing);

    private void Conclude()
    {
        if (canvass.IsWon)
            roles.Candidate.Enter(transfer: false);
        else if (canvass.IsLost)
            roles.LoseElection();
    }
}
