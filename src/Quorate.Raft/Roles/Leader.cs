using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>A leader (Raft Figure 2, Rules for Servers: Leaders).</summary>
internal sealed class Leader
{
    private readonly Server server;
    private readonly RoleSwitch roles;
    private readonly RaftLog log;
    private long undecidedBytes; // payload bytes of this term's entries that are not decided

    /// <summary>A leader of <paramref name="server"/>, not in office yet.</summary>
    public Leader(Server server, RoleSwitch roles)
    {
        this.server = server;
        this.roles = roles;
        log = server.Log;
        Peers = new PeerTable(server);
        Reads = new ReadRounds(server.Options, server.Output, Peers);
        Replicator = new Replicator(server, Peers, Reads);
        Transfer = new LeadershipTransfer(server, Peers, Reads);
        Changes = new MembershipChanges(server, Peers);
    }

    /// <summary>Everyone else.</summary>
    public PeerTable Peers { get; }

    /// <summary>Sends entries.</summary>
    public Replicator Replicator { get; }

    /// <summary>Reads.</summary>
    public ReadRounds Reads { get; }

    /// <summary>Hand-over.</summary>
    public LeadershipTransfer Transfer { get; }

    /// <summary>Membership.</summary>
    public MembershipChanges Changes { get; }

    /// <summary>The no-op that this leader's term begins with.</summary>
    public LogIndex TermStart { get; private set; }

    /// <summary>When the next heartbeats are due.</summary>
    public Tick HeartbeatDue { get; private set; }

    /// <summary>After a pause: no verdict on the quorum before what is queued has been read.</summary>
    public Tick QuorumVerdictFrom { get; private set; }

    /// <summary>When it must next be given the time. Alone it has nothing to wait for.</summary>
    public Tick NextWake => Tick.Min(Peers.All.Count == 0 ? Tick.Never : HeartbeatDue, Transfer.Deadline);

    /// <summary>Elected: nextIndex is the end of the log, and a no-op begins the term, so that earlier entries can commit (§5.4.2, §8).</summary>
    public void Enter()
    {
        (server.Role, server.Leader, server.Agreed) = (CoreRole.Leader, server.Self, LogIndex.Zero);
        Peers.Clear();
        Peers.Follow(server.Configuration);
        foreach (Progress peer in Peers.All)
            peer.Instance = peer.Instance.IsOpen ? roles.Candidate.Tally.GrantedBy(peer.Id) : peer.Instance; // its vote was heard
        Transfer.Clear();
        Reads.Begin();
        undecidedBytes = 0;
        QuorumVerdictFrom = server.Now;
        HeartbeatDue = server.Now + server.Options.HeartbeatTicks;
        TermStart = log.Last.Index.Next;
        log.Append(server.Term, EntryKind.NoOp, [Payload.Empty]);
        Replicator.SendAll();
        if (!server.DiskHasRoom)
            OnDiskFull(); // the room went while it was campaigning
    }

    /// <summary>Not in office any more.</summary>
    public void Leave()
    {
        Reads.Fail();
        Changes.Fail();
        Transfer.Clear();
        Peers.Clear();
    }

    /// <summary>Takes over another core's state.</summary>
    public void Restore(LogIndex termStart, Tick heartbeatDue, Tick quorumVerdictFrom, long undecided) =>
        (TermStart, HeartbeatDue, QuorumVerdictFrom, undecidedBytes) = (termStart, heartbeatDue, quorumVerdictFrom, undecided);

    /// <summary>Payload bytes of this term's entries that are not decided; for the canonical state.</summary>
    public long UndecidedBytes => undecidedBytes;

    /// <summary>The process was paused: what is queued is read before the quorum is judged.</summary>
    public void HoldBack() => QuorumVerdictFrom = server.Now + 1;

    /// <summary>The time has come for what waited for it.</summary>
    public void OnTime()
    {
        if (Transfer.Expired() && !server.DiskHasRoom)
        {
            StepDown(); // it was to hand over because it can take no more entries
            return;
        }

        if (server.Now < HeartbeatDue)
            return;
        HeartbeatDue = server.Now + server.Options.HeartbeatTicks;
        if (QuorumIsGone)
        {
            StepDown();
            return;
        }

        Reads.OnHeartbeat();
        Replicator.Heartbeat();
    }

    /// <summary>A command from a client: append it to the local log, answer once it is applied (§5.3).</summary>
    public Refusal Propose(ReadOnlySpan<Payload> commands)
    {
        if (!server.DiskHasRoom)
            return Refusal.DiskFull;
        if (Transfer.Pending)
            return Refusal.TransferPending;
        if (log.Last.Index - log.Commit >= server.Options.UndecidedEntriesMax || undecidedBytes >= server.Options.UndecidedBytesMax)
            return Refusal.TooManyRequests;
        log.Append(server.Term, EntryKind.Command, commands);
        foreach (ref readonly Payload command in commands)
            undecidedBytes += command.Length;
        Replicator.SendAll();
        return Refusal.None;
    }

    /// <summary>A linearizable read.</summary>
    public Refusal Read(ulong requestId)
    {
        Refusal refusal = Reads.Read(requestId, out bool heartbeat);
        if (heartbeat)
            Replicator.Heartbeat();
        return refusal;
    }

    /// <summary>A membership change.</summary>
    public Refusal Change(ConfigurationChange change)
    {
        if (!server.DiskHasRoom)
            return Refusal.DiskFull;
        if (Transfer.Pending)
            return Refusal.TransferPending;
        Refusal refusal = Changes.Start(change, Reads.TermCommitted);
        if (refusal == Refusal.None)
            Replicator.SendAll();
        return refusal;
    }

    /// <summary>A follower has answered AppendEntries.</summary>
    public void Handle(NodeId from, InstanceId instance, in AppendReply reply)
    {
        if (Hear(from, instance) is not { } peer)
            return;
        if (Reads.Answered(ref peer.Round, reply.Round))
            Replicator.Heartbeat();
        if (!reply.Success)
        {
            Replicator.Refused(peer, reply);
            return;
        }

        Replicator.Matched(peer, reply.Index);
        AdvanceCommit();
        if (server.Role != CoreRole.Leader)
            return; // the commit was of its own removal
        Replicator.Send(peer);
        Transfer.Progressed(peer);
    }

    /// <summary>A follower has answered a heartbeat.</summary>
    public void Handle(NodeId from, InstanceId instance, in HeartbeatReply reply)
    {
        if (Hear(from, instance) is not { } peer)
            return;
        if (Reads.Answered(ref peer.Round, reply.Round))
            Replicator.Heartbeat();
        Replicator.HeartbeatAnswered(peer, reply.Agreed);
        Transfer.Progressed(peer);
    }

    /// <summary>A follower has taken a snapshot.</summary>
    public void Handle(NodeId from, InstanceId instance, in SnapshotInstalled installed)
    {
        if (Hear(from, instance) is { } peer)
            Replicator.SnapshotInstalled(peer, installed.Snapshot);
    }

    /// <summary>Own writes are durable: the leader counts itself only now.</summary>
    public void OnDurable() => AdvanceCommit();

    /// <summary>The disk has no segment to spare: hands over to whoever can take its place; alone it stays, and refuses proposals.</summary>
    public void OnDiskFull()
    {
        if (!server.IsAlone && !Transfer.Pending && Transfer.Start(NodeId.None) != Refusal.None)
            StepDown();
    }

    // A leader that hears from no quorum steps down: its clients should look elsewhere, and its lease may be over (thesis §6.2).
    private bool QuorumIsGone =>
        server.Options.CheckQuorum && server.Now >= QuorumVerdictFrom
        && server.Now.Value - (long)Peers.ReachedByQuorum(new HeardMeasure(server.Now)) >= server.Options.ElectionTicks;

    private Progress? Hear(NodeId from, InstanceId instance)
    {
        if (Peers.Find(from) is not { } peer)
            return null;
        bool first = peer.Instance.IsOpen;
        if (first)
            peer.Instance = instance;
        if (peer.Instance != instance)
            return null; // another life of it: what it has, and has promised, is not known
        peer.Heard = server.Now;
        if (first && Changes.TryBind(Reads.TermCommitted))
            Replicator.SendAll();
        return peer;
    }

    /// <summary>
    /// Figure 2, Leaders: if there is an N > commitIndex such that a majority of matchIndex[i] ≥ N and log[N].term = currentTerm, set
    /// commitIndex = N (§5.3, §5.4).
    /// </summary>
    private void AdvanceCommit()
    {
        LogIndex agreed = new(Peers.ReachedByQuorum(new MatchMeasure(server.Writes.DurableIndex)));

        // §5.4.2, Figure 8: only an entry of the leader's own term commits by counting; those before it commit with it.
        if (agreed <= log.Commit || log.TermAt(agreed) != server.Term)
            return;
        for (LogIndex i = LogIndex.Max(log.Commit.Next, TermStart); i <= agreed; i = i.Next)
            undecidedBytes -= log.Window[i].Kind == EntryKind.Command ? log.Window[i].Payload.Length : 0;
        bool configuration = log.Configurations.LatestIndex > log.Commit && log.Configurations.LatestIndex <= agreed;
        log.CommitTo(agreed);
        Replicator.TellCommit();
        bool first = !Reads.TermCommitted;
        if (first && Reads.FirstCommit())
            Replicator.Heartbeat();
        if (configuration || first)
            ConfigurationCommitted();
    }

    /// <summary>The configuration in force is committed, by this leader or by one before it: whatever that makes possible.</summary>
    private void ConfigurationCommitted()
    {
        bool appended = Changes.OnCommitted() || Changes.TryBind(Reads.TermCommitted);
        if (appended)
            Replicator.SendAll();
        else if (!Changes.Pending && !server.IsVoter)
            Retire();
    }

    /// <summary>The configuration without this member is committed: its work is done (thesis §4.2.2). The best of the others goes on at once.</summary>
    private void Retire()
    {
        if (Peers.Furthest() is { } successor)
            Transfer.Ask(successor);
        StepDown();
    }

    private void StepDown() => roles.BecomeFollower(server.Term, NodeId.None);
}
