using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>The distinguished proposer, and the distinguished learner: proposes, counts acceptances, and says what is decided.</summary>
internal sealed class Leader : Leadership<Progress>
{
    private readonly Server server;
    private readonly RoleSwitch roles;
    private readonly SlotLog log;
    private readonly PeerTable peers;
    private readonly PromiseBook promises;
    private readonly Acceptances acceptances = new();
    private LogIndex ownNext; // the first slot that this member itself is not known to hold durably under its ballot
    private Tick asking; // since when it has asked the voters of the newest configuration for the promises that it may lack

    /// <summary>A leader of <paramref name="server"/>, not in office yet.</summary>
    public Leader(Server server, RoleSwitch roles, PromiseBook promises)
        : this(server, roles, promises, new PeerTable(server))
    {
    }

    private Leader(Server server, RoleSwitch roles, PromiseBook promises, PeerTable peers)
        : base(server, peers)
    {
        this.server = server;
        this.roles = roles;
        this.promises = promises;
        this.peers = peers;
        log = server.Log;
        Proposer = new Proposer(server, promises);
        Replicator = new Replicator(server, peers, Reads);
        Changes = new MembershipChanges(server, peers, Proposer, promises);
    }

    /// <summary>Gives slots to values.</summary>
    public Proposer Proposer { get; }

    /// <inheritdoc/>
    public override Replicator Replicator { get; }

    /// <inheritdoc/>
    public override MembershipChanges Changes { get; }

    /// <inheritdoc/>
    /// <remarks>
    /// Of phase 2: without one nothing is decided. Nor is it without a phase-1 quorum of a configuration learned of since the election. Voters that could not
    /// promise for so long know decided, and have no longer at hand, what is to be proposed next: one of them must lead.
    /// </remarks>
    protected override bool HearsQuorum
    {
        get
        {
            var since = new Tick(server.Now.Value - server.Options.ElectionTicks);
            return server.Roster.HasPhase2(peers.HeardSince(since))
                && (asking > since || server.Roster.HasPhase1(promises.Promised));
        }
    }

    /// <inheritdoc/>
    protected override bool QuorumHasRoom => server.Roster.HasPhase2(peers.WithRoom());

    /// <inheritdoc/>
    protected override long Undecided => Proposer.Undecided;

    /// <inheritdoc/>
    protected override long UndecidedBytes => Proposer.UndecidedBytes;

    /// <inheritdoc/>
    public override void Leave()
    {
        base.Leave();
        Proposer.End();
    }

    /// <summary>A peer has accepted proposals.</summary>
    public void Handle(NodeId from, InstanceId instance, in Accepted accepted)
    {
        if (Hear(from, instance) is not { } peer)
            return;
        Answered(peer, accepted.Round);
        Replicator.Accepted(peer, accepted);
        acceptances.Add(accepted.First, accepted.Last, server.Roster.BitOf(peer.Id, peer.Instance));
        Decide();
        if (server.Role != CoreRole.Leader)
            return; // it decided its own removal
        Replicator.Send(peer);
        Transfer.Progressed(peer);
    }

    /// <summary>A peer has answered a heartbeat.</summary>
    public void Handle(NodeId from, InstanceId instance, in HeartbeatReply reply)
    {
        if (Hear(from, instance) is not { } peer)
            return;
        Answered(peer, reply.Round);
        LogIndex known = peer.Match;
        Replicator.Answered(peer, reply);
        if (peer.Match > known)
        {
            // An acknowledgement may have been lost: what is durable there counts all the same.
            acceptances.Add(known.Next, peer.Match, server.Roster.BitOf(peer.Id, peer.Instance));
            Decide();
        }

        Settle();
        if (server.Role == CoreRole.Leader)
            Transfer.Progressed(peer);
    }

    /// <summary>A voter of a configuration that comes, or one that was late, has promised.</summary>
    public void Handle(NodeId from, InstanceId instance, in Promise promise)
    {
        if (promises.Add(from, instance, promise))
            Replicate();
    }

    /// <inheritdoc/>
    public override void OnDurable()
    {
        LogIndex first = ownNext;
        while (ownNext <= log.Agreed && (!log.Window.Holds(ownNext) || log.Window.WriteOf(ownNext) <= server.Writes.Durable))
            ownNext = ownNext.Next;
        if (ownNext != first)
        {
            acceptances.Add(first, ownNext.Previous, server.Roster.Self);
            Decide();
        }

        Settle();
    }

    /// <inheritdoc/>
    public override bool IsComplete(Progress peer) => peer.Match == log.Agreed && Proposer.Waiting.Count == 0;

    /// <inheritdoc/>
    public override void AskToCampaign(NodeId peer) => server.Outbox.Send(peer, new HandOver(server.Promised));

    /// <inheritdoc/>
    public override void WriteState(StateWriter state, StateWriter timing)
    {
        base.WriteState(state, timing);
        state.UInt64(ownNext.Value);
        state.UInt64(Replicator.Beat);
        timing.Int64(Math.Min(server.Now - asking, server.Options.ElectionTicks)); // longer ago is as good
        ProposerState.WriteProposals(Proposer, acceptances, state);
    }

    /// <inheritdoc/>
    public override void ReadState(ref StateReader state, ref StateReader timing, BlockPool pool)
    {
        base.ReadState(ref state, ref timing, pool);
        ownNext = state.Index();
        Replicator.Begin(state.UInt64());
        asking = server.Now + -timing.Int64();
        ProposerState.ReadProposals(Proposer, acceptances, log, ref state, pool);
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Phase 1 is won: proposes in every slot what it says, and then a no-op of its own. What a promise has told of its sender is known; whoever
    /// has not promised is asked by a heartbeat what he has.
    /// </remarks>
    protected override void Begin()
    {
        Invariant.Check(server.Roster.IsUpToDate); // else its quorums need not meet those that decided before
        Replicator.Begin();
        Changes.InForce();
        Proposer.Begin();
        acceptances.Begin(log.Commit.Next);
        ownNext = log.Commit.Next;
        asking = server.Now;
        Propose();
        foreach (Progress peer in peers.All)
        {
            LogIndex decided = promises.DecidedAt(peer.Id, peer.Instance);
            if (decided > LogIndex.Zero)
                peer.BecomeReplicate(LogIndex.Min(decided, log.Agreed).Next);
        }

        Replicator.Heartbeat();
        Replicator.SendAll();
    }

    /// <inheritdoc/>
    protected override void Add(ReadOnlySpan<Payload> commands) => Proposer.Add(commands);

    /// <inheritdoc/>
    protected override void Replicate()
    {
        if (Propose())
            Replicator.SendAll();
    }

    /// <inheritdoc/>
    protected override void OnHeartbeat()
    {
        base.OnHeartbeat();
        AskForPromises();
    }

    /// <inheritdoc/>
    protected override void StepDown() => roles.BecomeFollower(server.Promised, NodeId.None);

    /// <inheritdoc/>
    protected override InstanceId ElectedBy(NodeId peer) => server.Roster.HeardFrom(peer);

    /// <summary>Proposes what can be proposed.</summary>
    /// <returns>Whether there was anything; it is not sent yet.</returns>
    private bool Propose()
    {
        if (!Proposer.Pump())
            return false;
        acceptances.Propose(log.Agreed);
        return true;
    }

    /// <summary>
    /// Phase 2 ends for every slot that a quorum of the configuration which rules it has accepted. Slots are decided in any order; what is
    /// counted here is how far they are without a gap.
    /// </summary>
    private void Decide()
    {
        LogIndex before = log.Commit;
        bool reconfigured = false;
        while (log.Commit < log.Agreed && IsDecided(log.Commit.Next))
        {
            Configuration latest = log.Configurations.Latest;
            log.CommitTo(log.Commit.Next);
            Proposer.Decided(log.Window[log.Commit]);
            acceptances.Decided(log.Commit);
            if (ReferenceEquals(latest, log.Configurations.Latest))
                continue;
            reconfigured = true;
            FollowConfiguration();
        }

        if (log.Commit == before)
            return;
        bool configured = before < Proposer.ConfigurationAt && log.Commit >= Proposer.ConfigurationAt; // with effect or without
        bool opened = !Reads.TermCommitted && Proposer.OwnNoOp != LogIndex.Zero && log.Commit >= Proposer.OwnNoOp;
        Propose(); // the window has moved on
        Replicator.TellCommit();
        if (opened && Reads.FirstCommit())
            Replicator.Heartbeat();
        if (reconfigured)
        {
            Reads.Recount();
            Replicator.Heartbeat(); // newcomers say what they have
        }

        if (reconfigured || opened || configured)
            AfterConfiguration();
    }

    /// <summary>
    /// Whether a slot counts as decided. While a configuration is pending its quorum, too, must have everything up to the slot: once it is in
    /// force the others may go, and what they alone have with them. A leader may always ask for more than a quorum.
    /// </summary>
    private bool IsDecided(LogIndex slot)
    {
        if (!server.Roster.QuorumFor(slot).HasPhase2(acceptances[slot]))
            return false;
        return log.Configurations.Pending is null
            || server.Roster.Pending.HasPhase2(peers.MatchedUpTo(slot) | (ownNext > slot ? server.Roster.Self : 0));
    }

    /// <summary>The configurations have changed: who counts, and who is sent to.</summary>
    private void FollowConfiguration()
    {
        // Whoever is out is told how far things are, and so that he is out.
        foreach (Progress peer in peers.All)
        {
            if (server.Configuration.Find(peer.Id) is null)
                server.Outbox.Send(peer.Id, new DecidedNotice(server.Promised, log.Commit, Leads: true));
        }

        ulong free = server.Roster.Follow();
        acceptances.Free(free);
        promises.Free(free);
        peers.Follow(server.Configuration);
        Changes.InForce();
        asking = server.Now;
        AskForPromises();
    }

    /// <summary>A disk may know more decided: then the configuration in force may need nobody else any more.</summary>
    private void Settle()
    {
        if (server.Role == CoreRole.Leader && Changes.Settle())
            AfterConfiguration();
    }

    /// <summary>A configuration is decided, in force or settled, by this leader or by one before it: whatever that makes possible.</summary>
    private void AfterConfiguration()
    {
        Changes.EndIfOver();
        if (Changes.TryBind(Reads.TermCommitted))
            Replicate();
        else if (!Changes.Pending && !server.IsVoter)
            Retire();
    }

    /// <summary>Phase 1 needs a quorum of every configuration: the voters of one that comes are asked as soon as it is known.</summary>
    private void AskForPromises()
    {
        if (!server.Roster.HasPhase1(promises.Promised))
            promises.Ask(log.Agreed.Next, handedOver: Ballot.Zero, after: WriteNumber.None);
    }
}
