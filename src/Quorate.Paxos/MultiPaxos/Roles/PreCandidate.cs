using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Asks whether a phase 1 could be won before it raises its ballot, so that a member cut off and back does not disturb the others. Nothing is
/// promised, so nothing waits for the disk.
/// </summary>
internal sealed class PreCandidate(Server server, RoleSwitch roles)
{
    private ulong granted; // voters that would promise
    private ulong refused; // voters that would not
    private Tick askedAt; // to tell answers to this question from those to an earlier one

    /// <summary>The ballot asked about.</summary>
    public Ballot Asked => new(server.Promised.Round + 1, server.Self);

    /// <summary>Asks every voter.</summary>
    public void Enter()
    {
        // Nobody was ever elected, and others may not be there yet: the first question is short. The next bears links that are slower than that.
        bool isFirst = server.Promised == Ballot.Zero && server.Role != CoreRole.PreCandidate;
        (server.Role, server.Leader) = (CoreRole.PreCandidate, NodeId.None);
        askedAt = server.Now;
        if (isFirst)
            server.Timer.AwaitFirstVotes(server.Now);
        else
            server.Timer.AwaitVotes(server.Now);
        server.Roster.Begin();
        (granted, refused) = (server.Roster.Self, 0);
        for (int seat = 0; seat < server.Roster.Count; seat++)
        {
            NodeId voter = server.Roster[seat].Id;
            if (voter != server.Self)
                server.Outbox.Send(voter, new PreVote(Asked, server.Log.Commit.Next, askedAt));
        }

        Conclude();
    }

    /// <summary>An answer.</summary>
    public void Handle(NodeId from, InstanceId instance, in PreVoteReply reply)
    {
        // Who would have promised once need not any more: a leader may have been elected since.
        if (server.Role != CoreRole.PreCandidate || reply.Asked != askedAt || (reply.Granted && reply.Ballot != Asked))
            return;
        ulong bit = server.Roster.BitOf(from, instance);
        if (((granted | refused) & bit) != 0)
            return; // the first answer counts
        if (reply.Granted)
            granted |= bit;
        else
            refused |= bit;
        Conclude();
    }

    /// <summary>Its part of the canonical state.</summary>
    public void WriteState(StateWriter state, StateWriter timing)
    {
        state.UInt64(granted);
        state.UInt64(refused);
        timing.Int64(server.Now - askedAt);
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state, ref StateReader timing)
    {
        (granted, refused) = (state.UInt64(), state.UInt64());
        askedAt = server.Now + -timing.Int64();
    }

    private void Conclude()
    {
        if (server.Roster.HasPhase1(granted))
            roles.Candidate.Enter(transfer: false);
        else if (!server.Roster.HasPhase1(~refused))
            roles.LoseElection();
    }
}
