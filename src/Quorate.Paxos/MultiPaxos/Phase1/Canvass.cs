using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Asks every voter whether it would promise a ballot above the one promised here, and counts the answers. Nothing is promised, so nothing waits for the disk.
/// </summary>
internal sealed class Canvass(Server server)
{
    private ulong granted; // voters that would promise
    private ulong refused; // voters that would not
    private Tick askedAt; // to tell answers to this question from those to an earlier one

    /// <summary>Whether a phase 1 would be won.</summary>
    public bool IsWon => server.Roster.HasPhase1(granted);

    /// <summary>Whether it cannot be won any more.</summary>
    public bool IsLost => !server.Roster.HasPhase1(~refused);

    private Ballot Asked => new(server.Promised.Round + 1, server.Self);

    /// <summary>Asks.</summary>
    public void Begin()
    {
        askedAt = server.Now;
        server.Roster.Begin();
        (granted, refused) = (server.Roster.Self, 0);
        for (int seat = 0; seat < server.Roster.Count; seat++)
        {
            NodeId voter = server.Roster[seat].Id;
            if (voter != server.Self)
                server.Outbox.Send(voter, new PreVote(Asked, server.Log.Commit.Next, askedAt));
        }
    }

    /// <summary>An answer.</summary>
    public void Count(NodeId from, InstanceId instance, in PreVoteReply reply)
    {
        // Who would have promised once need not any more: a leader may have been elected since.
        if (reply.Asked != askedAt || (reply.Granted && reply.Ballot != Asked))
            return;
        ulong bit = server.Roster.BitOf(from, instance);
        if (((granted | refused) & bit) != 0)
            return; // the first answer counts
        if (reply.Granted)
            granted |= bit;
        else
            refused |= bit;
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
}
