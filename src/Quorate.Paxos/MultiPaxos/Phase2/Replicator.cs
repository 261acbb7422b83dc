using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Sends each peer what its state allows, and learns from the answers. Slots stand on their own, so nothing has to match before one is sent.</summary>
internal sealed class Replicator(Server server, PeerTable peers, ReadRounds reads)
{
    private readonly SlotLog log = server.Log;
    private readonly CoreOptions options = server.Options;

    /// <summary>The last heartbeat.</summary>
    public ulong Beat { get; private set; }

    /// <summary>Begins a term of office; or takes over another core's state.</summary>
    public void Begin(ulong beat = 0) => Beat = beat;

    /// <summary>Sends every peer what can be sent.</summary>
    public void SendAll()
    {
        foreach (Progress peer in peers.All)
            Send(peer);
    }

    /// <summary>Sends a peer what can be sent.</summary>
    public void Send(Progress peer)
    {
        while (peer.State == SendingState.Replicate && peer.Next <= log.Agreed && !peer.Inflights.Full && peer.LoadTicket == 0 && SendNext(peer))
        {
        }
    }

    /// <summary>More is decided: those whom no proposals have told it learn it by a notice.</summary>
    public void TellDecided()
    {
        foreach (Progress peer in peers.All)
        {
            Send(peer);
            if (peer.State != SendingState.Replicate || peer.CommitSent >= log.Commit)
                continue;
            peer.CommitSent = log.Commit;
            server.Outbox.Send(peer.Id, new DecidedNotice(server.Promised, log.Commit));
        }
    }

    /// <summary>A heartbeat for every peer.</summary>
    public void Heartbeat()
    {
        reads.Broadcast();
        Beat++;
        foreach (Progress peer in peers.All)
        {
            (peer.CommitSent, peer.Beat, peer.BeatNext) = (log.Commit, Beat, peer.Next);
            server.Outbox.Send(peer.Id, new Heartbeat(server.Promised, log.Commit, reads.Newest, Beat));
        }
    }

    /// <summary>A peer has accepted slots.</summary>
    public static void Accepted(Progress peer, in Accepted accepted)
    {
        peer.Inflights.ArrivedUpTo(accepted.Last);
        if (accepted.First <= peer.Match.Next)
            peer.Matched(accepted.Last);
    }

    /// <summary>A peer has said what it has: sends it what it lacks, and again what was lost on the way.</summary>
    public void Answered(Progress peer, in HeartbeatReply reply)
    {
        // It may know more slots decided than this leader has proposed yet.
        peer.Matched(LogIndex.Min(reply.Durable, log.Agreed));
        peer.Inflights.ArrivedUpTo(LogIndex.Min(reply.Durable, log.Agreed));
        LogIndex next = LogIndex.Min(reply.Agreed, log.Agreed).Next;
        if (!reply.HasRoom)
        {
            if (peer.State == SendingState.Replicate)
                peer.BecomeProbe();
            return;
        }

        switch (peer.State)
        {
            case SendingState.Probe:
                peer.BecomeReplicate(next);
                break;
            case SendingState.Replicate:
                // What was sent before the heartbeat came before it, or will not come.
                if (reply.Beat == peer.Beat && next < peer.BeatNext && reply.Beat > 0)
                    peer.BecomeReplicate(next);
                break;
            case SendingState.Snapshot:
                if (next > log.Base)
                    peer.BecomeReplicate(next);
                break;
        }

        if (peers.IsClose(peer))
            peer.KeepAfter = LogIndex.Zero; // caught up: the log need not be kept for it
        Send(peer);
    }

    /// <summary>Old entries were loaded for a peer: sends them.</summary>
    public void Loaded(ulong ticket, ReadOnlySpan<Entry> entries)
    {
        if (peers.WaitingFor(ticket) is not { } peer)
            return; // given up meanwhile
        peer.LoadTicket = 0;
        if (peer.Next > log.Base)
        {
            Invariant.Check(entries.Length > 0 && entries[0].Index == peer.Next);
            int count = CountThatFit(entries, out long bytes, out int payloads);
            WireWriter writer = Begin(peer, count, payloads);
            foreach (ref readonly Entry entry in entries[..count])
            {
                Invariant.Check(log.MayBeLoaded(entry));
                server.Outbox.Add(ref writer, entry);
            }

            AfterSending(peer, count, bytes);
        }

        Send(peer); // or, if it was dropped while it was loaded: a snapshot has to carry the peer over it
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
    public static void SnapshotSent(Progress peer, LogIndex index, bool delivered)
    {
        if (peer.State != SendingState.Snapshot)
            return;
        peer.BecomeProbe();
        peer.KeepAfter = delivered ? index : LogIndex.Zero;
    }

    /// <summary>Sends the next message, or asks for what it needs first.</summary>
    /// <returns>Whether it was sent.</returns>
    private bool SendNext(Progress peer)
    {
        if (peer.Next <= log.Base)
        {
            RequestSnapshot(peer);
            return false;
        }

        if (peer.Next < log.Window.First)
        {
            Load(peer);
            return false;
        }

        SendFromWindow(peer);
        return true;
    }

    private void SendFromWindow(Progress peer)
    {
        long available = Math.Min(log.Agreed - peer.Next + 1, options.MessageEntriesMax);
        int count = 0;
        int payloads = 0;
        long bytes = 0;
        for (; count < available; count++)
        {
            Invariant.Check(log.Window.Holds(peer.Next + count)); // a leader has every slot up to the last it proposed
            int length = log.Window[peer.Next + count].Payload.Length;
            if (count > 0 && bytes + length > options.MessageBytesMax)
                break;
            bytes += length;
            payloads += length > 0 ? 1 : 0;
        }

        WireWriter writer = Begin(peer, count, payloads);
        for (int i = 0; i < count; i++)
            server.Outbox.Add(ref writer, log.Window[peer.Next + i]);
        AfterSending(peer, count, bytes);
    }

    private WireWriter Begin(Progress peer, int count, int payloads) =>
        server.Outbox.BeginAccept(peer.Id, server.Promised, peer.Next, log.Commit, reads.Newest, count, payloads);

    private void AfterSending(Progress peer, int count, long bytes)
    {
        reads.Carried();
        peer.CommitSent = log.Commit;
        peer.Sent(peer.Next + (count - 1), bytes);
    }

    private int CountThatFit(ReadOnlySpan<Entry> entries, out long bytes, out int payloads)
    {
        (bytes, payloads) = (0, 0);
        int count = 0;
        foreach (ref readonly Entry entry in entries)
        {
            if (count == options.MessageEntriesMax || (count > 0 && bytes + entry.Payload.Length > options.MessageBytesMax))
                break;
            count++;
            bytes += entry.Payload.Length;
            payloads += entry.Payload.Length > 0 ? 1 : 0;
        }

        return count;
    }

    private void Load(Progress peer)
    {
        peer.LoadTicket = server.Tickets.Next();
        LogIndex to = LogIndex.Min(peer.Next + (options.MessageEntriesMax - 1), log.Window.First.Previous);
        server.Output.Loads.Add(new LoadRequest(peer.LoadTicket, peer.Next, to, options.MessageBytesMax));
    }

    private void RequestSnapshot(Progress peer)
    {
        if (server.Now - peer.Heard >= options.ElectionTicks)
        {
            peer.BecomeProbe(); // it may be dead: ask again when it is heard from
            return;
        }

        peer.BecomeSnapshot(server.Checkpoint);
        server.Output.Snapshots.Add(new SnapshotRequest(peer.Id, log.Base));
    }
}
