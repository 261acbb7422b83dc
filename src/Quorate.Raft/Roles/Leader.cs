using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>A leader (Raft Figure 2, Rules for Servers: Leaders).</summary>
internal sealed class Leader : Leadership<Progress>
{
    private readonly Server server;
    private readonly RoleSwitch roles;
    private readonly RaftLog log;
    private readonly PeerTable peers;
    private LogIndex termStart; // the no-op that this leader's term begins with
    private long undecidedBytes; // payload bytes of this term's entries that are not decided

    /// <summary>A leader of <paramref name="server"/>, not in office yet.</summary>
    public Leader(Server server, RoleSwitch roles)
        : this(server, roles, new PeerTable(server))
    {
    }

    private Leader(Server server, RoleSwitch roles, PeerTable peers)
        : base(server, peers)
    {
        this.server = server;
        this.roles = roles;
        this.peers = peers;
        log = server.Log;
        Changes = new MembershipChanges(server, peers);
        Replicator = new Replicator(server, peers, Reads);
    }

    /// <inheritdoc/>
    public override Replicator Replicator { get; }

    /// <inheritdoc/>
    public override MembershipChanges Changes { get; }

    /// <inheritdoc/>
    protected override bool HearsQuorum =>
        server.Now.Value - (long)peers.ReachedByQuorum(new HeardMeasure(server.Now)) < server.Options.ElectionTicks;

    /// <inheritdoc/>
    protected override bool QuorumHasRoom => peers.ReachedByQuorum(default(RoomMeasure)) > 0;

    /// <inheritdoc/>
    protected override long Undecided => log.Last.Index - log.Commit;

    /// <inheritdoc/>
    protected override long UndecidedBytes => undecidedBytes;

    /// <summary>A follower has answered AppendEntries.</summary>
    public void Handle(NodeId from, InstanceId instance, in AppendReply reply)
    {
        if (Hear(from, instance) is not { } peer)
            return;
        Answered(peer, reply.Round);
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
        Answered(peer, reply.Round);
        peer.HasRoom = reply.HasRoom;
        Replicator.HeartbeatAnswered(peer, reply.Agreed);
        Transfer.Progressed(peer);
    }

    /// <summary>A follower has taken a snapshot.</summary>
    public void Handle(NodeId from, InstanceId instance, in SnapshotInstalled installed)
    {
        if (Hear(from, instance) is { } peer)
            Replicator.SnapshotInstalled(peer, installed.Snapshot);
    }

    /// <inheritdoc/>
    public override void OnDurable() => AdvanceCommit();

    /// <inheritdoc/>
    public override bool IsComplete(Progress peer) => peer.Match == log.Last.Index;

    /// <inheritdoc/>
    public override void AskToCampaign(NodeId peer) => server.Outbox.Send(peer, new TimeoutNow(server.Term));

    /// <inheritdoc/>
    public override void WriteState(StateWriter state, StateWriter timing)
    {
        base.WriteState(state, timing);
        state.UInt64(termStart.Value);
        state.Int64(undecidedBytes);
    }

    /// <inheritdoc/>
    public override void ReadState(ref StateReader state, ref StateReader timing, BlockPool pool)
    {
        base.ReadState(ref state, ref timing, pool);
        (termStart, undecidedBytes) = (state.Index(), state.Int64());
    }

    /// <inheritdoc/>
    /// <remarks>A no-op begins the term, so that earlier entries can commit (§5.4.2, §8).</remarks>
    protected override void Begin()
    {
        (server.Agreed, undecidedBytes) = (LogIndex.Zero, 0);
        termStart = log.Last.Index.Next;
        log.Append(server.Term, EntryKind.NoOp, [Payload.Empty]);
        Replicator.SendAll();
    }

    /// <inheritdoc/>
    /// <remarks>If command received from client: append entry to local log, respond after entry applied to state machine (§5.3).</remarks>
    protected override void Add(ReadOnlySpan<Payload> commands)
    {
        log.Append(server.Term, EntryKind.Command, commands);
        foreach (ref readonly Payload command in commands)
            undecidedBytes += command.Length;
    }

    /// <inheritdoc/>
    protected override void Replicate() => Replicator.SendAll();

    /// <inheritdoc/>
    protected override void StepDown() => roles.BecomeFollower(server.Term, NodeId.None);

    /// <inheritdoc/>
    protected override InstanceId ElectedBy(NodeId peer) => roles.Candidate.Tally.GrantedBy(peer);

    /// <summary>
    /// Figure 2, Leaders: if there is an N > commitIndex such that a majority of matchIndex[i] ≥ N and log[N].term = currentTerm, set
    /// commitIndex = N (§5.3, §5.4).
    /// </summary>
    private void AdvanceCommit()
    {
        LogIndex agreed = new(peers.ReachedByQuorum(new MatchMeasure(server.Writes.DurableIndex)));

        // §5.4.2, Figure 8: only an entry of the leader's own term commits by counting; those before it commit with it.
        if (agreed <= log.Commit || log.TermAt(agreed) != server.Term)
            return;
        for (LogIndex i = LogIndex.Max(log.Commit.Next, termStart); i <= agreed; i = i.Next)
            undecidedBytes -= log.Window[i].Kind == EntryKind.Command ? log.Window[i].Payload.Length : 0;
        bool configuration = log.Configurations.LatestIndex > log.Commit && log.Configurations.LatestIndex <= agreed;
        log.CommitTo(agreed);
        Replicator.TellCommit();
        bool first = !Reads.TermCommitted;
        if (first && Reads.FirstCommit())
            Replicator.Heartbeat();
        if (configuration && Reads.Recount())
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
}
