using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Leader side of log replication (Raft §5.3): sends each peer what its state allows, and learns from the answers.</summary>
internal sealed class Replicator(Server server, PeerTable peers, ReadRounds reads) : Replicator<Progress>(server, peers, reads, server.Log)
{
    private readonly Server server = server;
    private readonly PeerTable peers = peers;
    private readonly ReadRounds reads = reads;
    private readonly RaftLog log = server.Log;

    /// <inheritdoc/>
    public override void Send(Progress peer)
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

    /// <summary>The peer has taken a snapshot: its log goes on from there. It counts for nothing before the peer has matched.</summary>
    public void SnapshotInstalled(Progress peer, LogPosition snapshot)
    {
        if (peer.State == SendingState.Replicate || snapshot.Index <= peer.Match || snapshot.Index > log.Last.Index)
            return;
        peer.BecomeProbe(snapshot.Index.Next);
        Send(peer);
    }

    /// <inheritdoc/>
    protected override WireWriter Begin(Progress peer, int count, int payloads)
    {
        LogPosition previous = log.PositionAt(peer.Next.Previous);
        return server.Outbox.BeginAppendEntries(peer.Id, server.Term, previous, log.Commit, reads.Newest, count, payloads);
    }

    /// <inheritdoc/>
    protected override void Add(ref WireWriter writer, in Entry entry) => server.Outbox.Add(ref writer, entry);

    /// <inheritdoc/>
    protected override void Probed(Progress peer, LogIndex last) => (peer.ProbeSent, peer.ProbedTo) = (true, last);

    /// <inheritdoc/>
    protected override void Pause(Progress peer) => peer.ProbeSent = true;

    /// <inheritdoc/>
    protected override void ProbeAfterSnapshot(Progress peer, LogIndex has)
    {
        peer.BecomeProbe(has.Next);
        peer.ProbeSent = true; // until a heartbeat is answered, or the snapshot is reported installed
    }

    /// <inheritdoc/>
    protected override void SendNotice(Progress peer) => server.Outbox.Send(peer.Id, new CommitNotice(server.Term, log.Commit));

    /// <inheritdoc/>
    protected override void SendHeartbeat(Progress peer) => server.Outbox.Send(peer.Id, new Heartbeat(server.Term, log.Commit, reads.Newest));

    private void SendEmpty(Progress peer)
    {
        if (peer.Next <= log.Base.Index)
            RequestSnapshot(peer);
        else
            SendHeld(peer, upTo: peer.Next.Previous);
    }
}
