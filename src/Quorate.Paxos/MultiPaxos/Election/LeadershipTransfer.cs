using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Hands leadership over: takes no proposals, waits until the target has every slot, and asks it to campaign at once. Given up after an
/// election timeout.
/// </summary>
internal sealed class LeadershipTransfer(Server server, PeerTable peers, Proposer proposer, ReadRounds reads)
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
        Progress? peer = target.IsNone ? Furthest() : peers.Find(target);
        if (peer is null || !peers.IsVoter(peer))
            return Refusal.UnknownMember;
        Target = peer.Id;
        Deadline = server.Now + server.Options.ElectionTicks;
        Progressed(peer);
        return Refusal.None;
    }

    /// <summary>The target has been heard from, or has more slots.</summary>
    public void Progressed(Progress peer)
    {
        if (peer.Id == Target && peer.Match == server.Log.Agreed && proposer.Waiting.Count == 0)
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

    /// <summary>Takes over another core's state.</summary>
    public void Restore(NodeId target, Tick deadline) => (Target, Deadline) = (target, deadline);

    /// <summary>The voter with most slots durable, of those heard from within an election timeout; null when there is none.</summary>
    public Progress? Furthest()
    {
        Progress? furthest = null;
        foreach (Progress peer in peers.All)
        {
            bool candidate = peers.IsVoter(peer) && server.Now - peer.Heard < server.Options.ElectionTicks;
            if (candidate && (furthest is null || peer.Match > furthest.Match))
                furthest = peer;
        }

        return furthest;
    }

    /// <summary>Asks a peer to campaign. From here on its election may come at any time, so no lease holds any more.</summary>
    public void Ask(Progress peer)
    {
        reads.HandedOver();
        server.Outbox.Send(peer.Id, new HandOver(server.Promised));
    }
}
