namespace Quorate.Consensus;

/// <summary>
/// Sends peers the entries that they lack: from memory, else from the log on disk, else as a snapshot. Whom to send to, and from where on, is the
/// engine's matter. Owner: the leader.
/// </summary>
internal abstract class Replicator<TPeer>(CoreServer server, PeerTable<TPeer> peers, ReadRounds reads, ICoreLog log)
    where TPeer : Peer
{
    /// <summary>Sends every peer what can be sent.</summary>
    public void SendAll()
    {
        foreach (TPeer peer in peers.All)
            Send(peer);
    }

    /// <summary>Sends a peer what can be sent.</summary>
    public abstract void Send(TPeer peer);

    /// <summary>More is decided: those whom no entries have told it learn it by a notice.</summary>
    public void TellCommit()
    {
        foreach (TPeer peer in peers.All)
        {
            Send(peer);
            if (peer.State != SendingState.Replicate || peer.CommitSent >= log.Commit)
                continue;
            peer.CommitSent = log.Commit;
            SendNotice(peer);
        }
    }

    /// <summary>A heartbeat for every peer.</summary>
    public virtual void Heartbeat()
    {
        reads.Broadcast();
        foreach (TPeer peer in peers.All)
        {
            peer.CommitSent = log.Commit;
            SendHeartbeat(peer);
        }
    }

    /// <summary>Entries were loaded for a peer: sends them.</summary>
    public void Loaded(ulong ticket, ReadOnlySpan<Entry> entries)
    {
        if (peers.WaitingFor(ticket) is not { } peer)
            return; // given up meanwhile
        peer.LoadTicket = 0;
        if (peer.Next > log.Base)
        {
            Invariant.Check(entries.Length > 0 && entries[0].Index == peer.Next);
            var fill = new MessageFill(server.Options);
            while (fill.Count < entries.Length && fill.TryAdd(entries[fill.Count]))
            {
            }

            WireWriter writer = Begin(peer, fill.Count, fill.Payloads);
            foreach (ref readonly Entry entry in entries[..fill.Count])
            {
                Invariant.Check(log.MayBeLoaded(entry)); // what a leader has decided or proposed never changes
                Add(ref writer, entry);
            }

            End(peer, fill);
        }

        Send(peer); // where it was dropped while it was loaded: a snapshot has to carry the peer over it
    }

    /// <summary>What was to be loaded is gone from the log: a snapshot has to carry the peer over it.</summary>
    public void Missing(ulong ticket)
    {
        if (peers.WaitingFor(ticket) is not { } peer)
            return;
        peer.LoadTicket = 0;
        RequestSnapshot(peer);
    }

    /// <summary>A snapshot has been delivered, or not: the peer's next sign of life says how to go on.</summary>
    public void SnapshotSent(NodeId to, LogIndex index, bool delivered)
    {
        if (peers.Find(to) is not { State: SendingState.Snapshot } peer)
            return;
        ProbeAfterSnapshot(peer, delivered ? index : peer.Match);
        peer.KeepAfter = delivered ? index : LogIndex.Zero;
    }

    /// <summary>Sends the next message, or asks for what it needs first.</summary>
    /// <returns>Whether it was sent.</returns>
    protected bool SendNext(TPeer peer)
    {
        if (peer.Next <= log.Base)
        {
            RequestSnapshot(peer);
            return false;
        }

        if (peer.Next < log.FirstHeld)
        {
            Load(peer);
            return false;
        }

        SendHeld(peer, upTo: log.Proposed);
        return true;
    }

    /// <summary>Sends what is in memory, up to <paramref name="upTo"/> at most; below <see cref="Peer.Next"/>: a message without entries.</summary>
    protected void SendHeld(TPeer peer, LogIndex upTo)
    {
        var fill = new MessageFill(server.Options);
        while (peer.Next + fill.Count <= upTo && fill.TryAdd(log[peer.Next + fill.Count]))
        {
        }

        WireWriter writer = Begin(peer, fill.Count, fill.Payloads);
        for (int i = 0; i < fill.Count; i++)
            Add(ref writer, log[peer.Next + i]);
        End(peer, fill);
    }

    /// <summary>Asks for a snapshot; of a peer that may be dead only once it is heard from.</summary>
    protected void RequestSnapshot(TPeer peer)
    {
        if (!peers.IsActive(peer))
        {
            Pause(peer);
            return;
        }

        peer.BecomeSnapshot(server.Checkpoint);
        server.Output.Snapshots.Add(new SnapshotRequest(peer.Id, log.Base));
    }

    /// <summary>Begins a message of <paramref name="count"/> entries from <see cref="Peer.Next"/> on.</summary>
    protected abstract WireWriter Begin(TPeer peer, int count, int payloads);

    /// <summary>Adds an entry to the message begun.</summary>
    protected abstract void Add(ref WireWriter writer, in Entry entry);

    /// <summary>Entries up to <paramref name="last"/> are on their way to a peer that is not sent to without waiting.</summary>
    protected virtual void Probed(TPeer peer, LogIndex last)
    {
    }

    /// <summary>Sends nothing until the peer is heard from.</summary>
    protected abstract void Pause(TPeer peer);

    /// <summary>A snapshot is not on its way any more: finds out what the peer needs; perhaps it has everything up to <paramref name="has"/>.</summary>
    protected abstract void ProbeAfterSnapshot(TPeer peer, LogIndex has);

    /// <summary>Says how far things are decided.</summary>
    protected abstract void SendNotice(TPeer peer);

    /// <summary>Says that the leader lives, how far things are decided, and the newest read round.</summary>
    protected abstract void SendHeartbeat(TPeer peer);

    private void End(TPeer peer, in MessageFill fill)
    {
        reads.Carried();
        peer.CommitSent = log.Commit;
        LogIndex last = peer.Next + (fill.Count - 1);
        if (peer.State != SendingState.Replicate)
            Probed(peer, last);
        else if (fill.Count > 0)
            peer.Sent(last, fill.Bytes);
    }

    private void Load(TPeer peer)
    {
        peer.LoadTicket = server.Tickets.Next();
        LogIndex to = LogIndex.Min(peer.Next + (server.Options.MessageEntriesMax - 1), log.FirstHeld.Previous);
        server.Output.Loads.Add(new LoadRequest(peer.LoadTicket, peer.Next, to, server.Options.MessageBytesMax));
    }
}
