namespace Quorate.Consensus;

/// <summary>
/// Hands leadership over (Raft thesis §3.10): takes no proposals, waits until the target has everything, and asks it to campaign at once. Given up
/// after an election timeout.
/// </summary>
internal sealed class LeadershipTransfer<TPeer>(CoreServer server, Leadership<TPeer> leader)
    where TPeer : Peer
{
    /// <summary>To whom; none when no transfer is under way.</summary>
    public NodeId Target { get; private set; }

    /// <summary>When it is given up; <see cref="Tick.Never"/> when none is under way.</summary>
    public Tick Deadline { get; private set; } = Tick.Never;

    /// <summary>Whether one is under way.</summary>
    public bool Pending => !Target.IsNone;

    /// <summary>Begins; <see cref="NodeId.None"/>: to whoever is furthest.</summary>
    public Refusal Start(NodeId target)
    {
        if (Pending && target != Target)
            return Refusal.TransferPending;
        TPeer? peer = target.IsNone ? leader.Peers.Furthest() : leader.Peers.Find(target);
        if (peer is null || !leader.Peers.IsVoter(peer))
            return Refusal.UnknownMember;
        Target = peer.Id;
        Deadline = server.Now + server.Options.ElectionTicks;
        Progressed(peer);
        return Refusal.None;
    }

    /// <summary>The target has been heard from, or has more.</summary>
    public void Progressed(TPeer peer)
    {
        if (peer.Id == Target && leader.IsComplete(peer))
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
    public void Clear() => (Target, Deadline) = (NodeId.None, Tick.Never);

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
        timing.Int64(Pending ? Deadline - server.Now : 0);
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state, ref StateReader timing)
    {
        Target = state.Node();
        Tick deadline = server.Now + timing.Int64();
        Deadline = Pending ? deadline : Tick.Never;
    }
}
