using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Sends each peer what its state allows, and learns from the answers. Slots stand on their own, so nothing has to match before one is sent.</summary>
internal sealed class Replicator(Server server, PeerTable peers, ReadRounds reads) : Replicator<Progress>(server, peers, reads, server.Log)
{
    private readonly Server server = server;
    private readonly PeerTable peers = peers;
    private readonly ReadRounds reads = reads;
    private readonly SlotLog log = server.Log;

    /// <summary>The last heartbeat.</summary>
    public ulong Beat { get; private set; }

    /// <summary>Begins a term of office; or takes over another core's state.</summary>
    public void Begin(ulong beat = 0) => Beat = beat;

    /// <inheritdoc/>
    public override void Send(Progress peer)
    {
        while (peer.State == SendingState.Replicate && peer.Next <= log.Agreed && !peer.Inflights.Full && peer.LoadTicket == 0 && SendNext(peer))
        {
        }
    }

    /// <inheritdoc/>
    public override void Heartbeat()
    {
        Beat++;
        base.Heartbeat();
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
        peer.DecidedOnDisk = LogIndex.Max(peer.DecidedOnDisk, reply.DecidedOnDisk);
        peer.HasRoom = reply.HasRoom;
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
                if (peer.HeartbeatAnswered(reply.Beat, next))
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

    /// <inheritdoc/>
    protected override WireWriter Begin(Progress peer, int count, int payloads) =>
        server.Outbox.BeginAccept(peer.Id, server.Promised, peer.Next, log.Commit, reads.Newest, count, payloads);

    /// <inheritdoc/>
    protected override void Add(ref WireWriter writer, in Entry entry) => server.Outbox.Add(ref writer, entry);

    /// <inheritdoc/>
    protected override void Pause(Progress peer) => peer.BecomeProbe();

    /// <inheritdoc/>
    protected override void ProbeAfterSnapshot(Progress peer, LogIndex has) => peer.BecomeProbe();

    /// <inheritdoc/>
    protected override void SendNotice(Progress peer) => server.Outbox.Send(peer.Id, new DecidedNotice(server.Promised, log.Commit, Leads: true));

    /// <inheritdoc/>
    protected override void SendHeartbeat(Progress peer)
    {
        peer.HeartbeatSent(Beat);
        server.Outbox.Send(peer.Id, new Heartbeat(server.Promised, log.Commit, reads.Newest, Beat));
    }
}
