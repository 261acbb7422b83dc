using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Who is out may be asked to help elect somebody by an earlier configuration. It may be needed for that, for it may alone know, or hold, what the others lack. But
/// those who decide now may have a leader: so it asks them first, and helps once a phase-1 quorum of them would promise, too. For one at a time, the last that asked.
/// </summary>
internal sealed class Sponsor(Server server)
{
    private readonly Canvass canvass = new(server);

    /// <summary>Who has asked; none when it asks for nobody.</summary>
    public NodeId Asker { get; private set; }

    /// <summary>What that one has asked.</summary>
    public PreVote Request { get; private set; }

    // It may have learned of other members meanwhile, and be one: the one that has asked will ask again.
    private bool IsAsking => !Asker.IsNone && !server.IsVoter && server.Roster.IsUpToDate;

    /// <summary>Whether those who decide now would promise.</summary>
    public bool HasConsent => canvass.IsWon;

    /// <summary>Asks the voters that it knows on behalf of one that knows an earlier configuration only.</summary>
    public void Begin(NodeId asker, in PreVote request)
    {
        Invariant.Check(server.Role == CoreRole.Follower); // the seats are another's otherwise
        (Asker, Request) = (asker, request);
        canvass.Begin();
    }

    /// <summary>A voter has answered.</summary>
    /// <returns>Whether it is clear now what to answer the one that has asked.</returns>
    public bool Hear(NodeId from, InstanceId instance, in PreVoteReply reply)
    {
        if (!IsAsking)
            return false;
        canvass.Count(from, instance, reply);
        return canvass.IsWon || canvass.IsLost || Request.Ballot <= server.Promised;
    }

    /// <summary>The one that has asked is answered.</summary>
    public void End() => (Asker, Request) = (NodeId.None, default);

    /// <summary>Its part of the canonical state.</summary>
    public void WriteState(StateWriter state, StateWriter timing)
    {
        state.UInt64(IsAsking ? Asker.Value : NodeId.None.Value);
        if (!IsAsking)
            return;
        state.Ballot(Request.Ballot);
        state.UInt64(Request.From.Value);
        timing.Int64(Request.Asked.Value);
        ProposerState.WriteRoster(server.Roster, state);
        canvass.WriteState(state, timing);
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state, ref StateReader timing)
    {
        End();
        Asker = state.Node();
        if (Asker.IsNone)
            return;
        Request = new PreVote(state.Ballot(), state.Index(), new Tick(timing.Int64()));
        ProposerState.ReadRoster(server.Roster, ref state);
        canvass.ReadState(ref state, ref timing);
    }
}
