using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Leader side of log replication (Raft §5.3): sends each peer what its state allows, and learns from the answers.</summary>
internal sealed class Replicator(Server server, PeerTable peers, ReadRounds reads)
{
    private readonly RaftLog log = server.Log;
    private readonly CoreOptions options = server.Options;

    /// <summary>Sends every peer what can be sent.</summary>
    public void SendAll()
    {
        foreach (Progress peer in peers.All)
            Send(peer);
    }

    /// <summary>Sends a peer what can be sent.</summary>
    public void Send(Progress peer)
    {
        switch (peer.State)
        {
            case SendingState.Probe:
                if (!peer.ProbeSent && peer.LoadTicket == 0)
                    peer.ProbeSent = SendNext(peer);
                break;
            case SendingState.Replicate:
                while (peer.Next <= log.Last.Index && !peer.Inflights.Full && peer.LoadTicket == 0 && SendNext(peer))
                {
                }

                break;
            case SendingState.Snapshot:
                break; // nothing else until it has arrived
        }
    }

    /// <summary>The commit index has moved: those whom no entries have told it learn it by a notice.</summary>
    public void TellCommit()
    {
        foreach (Progress peer in peers.All)
        {
            Send(peer);
            if (peer.State != SendingState.Replicate || peer.CommitSent >= log.Commit)
                continue;
            peer.CommitSent = log.Commit;
            server.Outbox.Send(peer.Id, new CommitNotice(server.Term, log.Commit));
        }
    }

    /// <summary>A heartbeat for every peer.</summary>
    public void Heartbeat()
    {
        reads.Broadcast();
        foreach (Progress peer in peers.All)
        {
            peer.CommitSent = log.Commit;
            server.Outbox.Send(peer.Id, new Heartbeat(server.Term, log.Commit, reads.Newest));
        }
    }

    /// <summary>The peer's log agrees up to <paramref name="match"/>.</summary>
    public void Matched(Progress peer, LogIndex match)
    {
        Invariant.Check(match <= log.Last.Index);
        // It agrees and took nothing: its disk is full. Tried again at its next sign of life, or the two would do nothing else.
        if (peer.State == SendingState.Probe && match == peer.Next.Previous && match < peer.ProbedTo)
            return;
        peer.Matched(match);
        if (peer.State == SendingState.Probe || (peer.State == SendingState.Snapshot && peer.Match >= log.Base.Index))
            peer.BecomeReplicate();
        if (peers.IsClose(peer))
            peer.KeepAfter = LogIndex.Zero; // caught up: the log need not be kept for it
    }

    /// <summary>The logs do not agree where the message began (§5.3: decrement nextIndex and retry; here by whole terms).</summary>
    public void Refused(Progress peer, in AppendReply reply)
    {
        switch (peer.State)
        {
            case SendingState.Replicate:
                if (reply.Index <= peer.Match)
                    return; // an old answer, overtaken
                peer.BecomeProbe(peer.Match.Next); // something on its way was lost
                break;
            case SendingState.Probe:
                if (reply.Index != peer.Next.Previous)
                    return; // an old answer
                LogIndex agree = log.Terms.LastWithTermAtMost(LogIndex.Min(reply.Hint.Index, log.Last.Index), reply.Hint.Term);
                peer.BecomeProbe(LogIndex.Min(reply.Index, agree.Next));
                break;
            case SendingState.Snapshot:
                return;
        }

        Send(peer);
    }

    /// <summary>
    /// The peer lives. What it was sent may be lost: a probe goes out again, a full or idle pipeline is tested by an empty message. So is a peer that
    /// knows less to agree than it has acknowledged: it was started again since, and would not learn what is committed before the next entry.
    /// </summary>
    public void HeartbeatAnswered(Progress peer, LogIndex agreed)
    {
        peer.ProbeSent = false;
        bool nothingToSend = peer.Next > log.Last.Index || peer.Inflights.Full;
        bool isUnsure = peer.Match < log.Last.Index || agreed < peer.Match;
        if (peer.State == SendingState.Replicate && isUnsure && nothingToSend && peer.LoadTicket == 0)
            SendEmpty(peer);
        else
            Send(peer);
    }

    /// <summary>Entries were loaded for a peer: sends them.</summary>
    public void Loaded(ulong ticket, ReadOnlySpan<Entry> entries)
    {
        if (peers.WaitingFor(ticket) is not { } peer)
            return; // given up meanwhile
        peer.LoadTicket = 0;
        if (peer.Next.Previous < log.Base.Index)
        {
            Send(peer); // dropped while it was loaded: a snapshot has to carry the peer over it
            return;
        }

        Invariant.Check(entries.Length > 0 && entries[0].Index == peer.Next);
        int count = CountThatFit(entries, out long bytes, out int payloads);
        WireWriter writer = Begin(peer, count, payloads);
        foreach (ref readonly Entry entry in entries[..count])
        {
            Invariant.Check(log.TermAt(entry.Index).Epoch == entry.Epoch); // a leader's log never changes
            server.Outbox.Add(ref writer, entry);
        }

        AfterSending(peer, count, bytes);
        Send(peer);
    }

    /// <summary>What was to be loaded is gone from the log: a snapshot has to carry the peer over it.</summary>
    public void Missing(ulong ticket)
    {
        if (peers.WaitingFor(ticket) is not { } peer)
            return;
        peer.LoadTicket = 0;
        RequestSnapshot(peer);
    }

    /// <summary>A snapshot has been delivered, or not: go on from it, or find out what is needed, after the next sign of life.</summary>
    public static void SnapshotSent(Progress peer, LogIndex index, bool delivered)
    {
        if (peer.State != SendingState.Snapshot)
            return;
        peer.BecomeProbe(delivered ? index.Next : peer.Match.Next);
        peer.KeepAfter = delivered ? index : LogIndex.Zero;
        peer.ProbeSent = true; // until a heartbeat is answered, or the snapshot is reported installed
    }

    /// <summary>The peer has taken a snapshot: its log goes on from there. It counts for nothing before the peer has matched.</summary>
    public void SnapshotInstalled(Progress peer, LogPosition snapshot)
    {
        if (peer.State == SendingState.Replicate || snapshot.Index <= peer.Match || snapshot.Index > log.Last.Index)
            return;
        peer.BecomeProbe(snapshot.Index.Next);
        Send(peer);
    }

    /// <summary>Sends the next message, or asks for what it needs first.</summary>
    /// <returns>Whether it was sent.</returns>
    private bool SendNext(Progress peer)
    {
        if (peer.Next.Previous < log.Base.Index)
        {
            RequestSnapshot(peer);
            return false;
        }

        if (peer.Next <= log.Last.Index && !log.Window.Holds(peer.Next))
        {
            Load(peer);
            return false;
        }

        SendFromWindow(peer);
        return true;
    }

    private void SendFromWindow(Progress peer)
    {
        long available = Math.Min(log.Last.Index - peer.Next + 1, options.MessageEntriesMax);
        int count = 0;
        int payloads = 0;
        long bytes = 0;
        for (; count < available; count++)
        {
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

    private void SendEmpty(Progress peer)
    {
        if (peer.Next.Previous < log.Base.Index)
        {
            RequestSnapshot(peer);
            return;
        }

        Begin(peer, 0, 0);
        AfterSending(peer, 0, 0);
    }

    private WireWriter Begin(Progress peer, int count, int payloads)
    {
        LogPosition previous = log.PositionAt(peer.Next.Previous);
        return server.Outbox.BeginAppendEntries(peer.Id, server.Term, previous, log.Commit, reads.Newest, count, payloads);
    }

    private void AfterSending(Progress peer, int count, long bytes)
    {
        reads.Carried();
        peer.CommitSent = log.Commit;
        if (peer.State == SendingState.Replicate && count > 0)
            peer.Sent(peer.Next + (count - 1), bytes);
        else if (peer.State == SendingState.Probe)
            (peer.ProbeSent, peer.ProbedTo) = (true, peer.Next.Previous + count);
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
        LogIndex to = LogIndex.Min(peer.Next + (options.MessageEntriesMax - 1), LogIndex.Min(log.Last.Index, log.Window.First.Previous));
        server.Output.Loads.Add(new LoadRequest(peer.LoadTicket, peer.Next, to, options.MessageBytesMax));
    }

    private void RequestSnapshot(Progress peer)
    {
        peer.ProbeSent = true;
        if (server.Now - peer.Heard >= options.ElectionTicks)
            return; // it may be dead: ask again when it is heard from
        peer.BecomeSnapshot(server.Checkpoint);
        server.Output.Snapshots.Add(new SnapshotRequest(peer.Id, log.Base.Index));
    }
}
