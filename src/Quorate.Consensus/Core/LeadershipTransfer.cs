namespace Quorate.Consensus;

/// <summary>
/// Hands leadership over (Raft thesis §3.10): takes no proposals, waits until the target has everything, and asks it to campaign at once. Given up
/// after an election timeout.
/// </summary>
internal sealed class LeadershipTransfer<TPeer>(CoreServer server, Leadership<TPeer> leader)
    where TPeer : Peer
{
    private bool toAnyone; // nobody was named: the first voter that has everything takes the target's place

    /// <summary>To whom; none when no transfer is under way.</summary>
    public NodeId Target { get; private set; }

    /// <summary>When it is given up; <see cref="Tick.Never"/> when none is under way.</summary>
    public Tick Deadline { get; private set; } = Tick.Never;

    /// <summary>Whether one is under way.</summary>
    public bool Pending => !Target.IsNone;

    /// <summary>Begins; <see cref="NodeId.None"/>: to whoever is furthest, or is first to have everything. One under way keeps its deadline.</summary>
    public Refusal Start(NodeId target)
    {
        if (Pending)
            return Refusal.TransferPending;
        TPeer? peer = target.IsNone ? leader.Peers.Furthest() : leader.Peers.Find(target);
        if (peer is null || !leader.Peers.IsVoter(peer))
            return Refusal.UnknownMember;
        (Target, toAnyone) = (peer.Id, target.IsNone);
        Deadline = server.Now + server.Options.ElectionTicks;
        Progressed(peer);
        return Refusal.None;
    }

    /// <summary>A peer has been heard from, or has more.</summary>
    public void Progressed(TPeer peer)
    {
        bool isMeant = peer.Id == Target || (toAnyone && peer.HasRoom && leader.Peers.IsVoter(peer));
        if (!isMeant || !leader.IsComplete(peer))
            return;
        (Target, toAnyone) = (peer.Id, false); // one is asked: two would compete
        Ask(peer);
    }

    /// <summary>Gives up once it has taken too long.</summary>
    /// <returns>Whether it was given up just now.</returns>
    public bool Expired()
    {
        if (server.Now < Deadline)
            return false;
        Clear();
        return true;
    }

    /// <summary>None is under way.</summary>
    public void Clear() => (Target, toAnyone, Deadline) = (NodeId.None, false, Tick.Never);

    /// <summary>Asks a peer to campaign. From here on its election may come at any time, so no lease holds any more.</summary>
    public void Ask(TPeer peer)
    {
        leader.Reads.HandedOver();
        leader.AskToCampaign(peer.Id);
    }

    /// <summary>Its part of the canonical state.</summary>
    public void WriteState(StateWriter state, StateWriter timing)
    {
        state.UInt64(Target.Value);
        state.Bool(toAnyone);
        timing.Int64(Pending ? Deadline - server.Now : 0);
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state, ref StateReader timing)
    {
        (Target, toAnyone) = (state.Node(), state.Bool());
        Tick deadline = server.Now + timing.Int64();
        Deadline = Pending ? deadline : Tick.Never;
    }
}
