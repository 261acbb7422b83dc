using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>The distinguished proposer, and the distinguished learner: proposes, counts acceptances, and says what is decided.</summary>
internal sealed class Leader
{
    private readonly Server server;
    private readonly RoleSwitch roles;
    private readonly SlotLog log;
    private readonly PromiseBook promises;

    /// <summary>A leader of <paramref name="server"/>, not in office yet.</summary>
    public Leader(Server server, RoleSwitch roles, PromiseBook promises)
    {
        this.server = server;
        this.roles = roles;
        this.promises = promises;
        log = server.Log;
        Peers = new PeerTable(server);
        Reads = new ReadRounds(server.Options, server.Output, Peers);
        Proposer = new Proposer(server, promises);
        Replicator = new Replicator(server, Peers, Reads);
        Transfer = new LeadershipTransfer(server, Peers, Proposer, Reads);
        Changes = new MembershipChanges(server, Peers, Proposer);
    }

    /// <summary>Everyone else.</summary>
    public PeerTable Peers { get; }

    /// <summary>Gives slots to values.</summary>
    public Proposer Proposer { get; }

    /// <summary>Who has accepted what.</summary>
    public Acceptances Acceptances { get; } = new();

    /// <summary>Sends proposals.</summary>
    public Replicator Replicator { get; }

    /// <summary>Reads.</summary>
    public ReadRounds Reads { get; }

    /// <summary>Hand-over.</summary>
    public LeadershipTransfer Transfer { get; }

    /// <summary>Membership.</summary>
    public MembershipChanges Changes { get; }

    /// <summary>The first slot that this member itself is not known to hold durably under its ballot.</summary>
    public LogIndex OwnNext { get; private set; }

    /// <summary>When the next heartbeats are due.</summary>
    public Tick HeartbeatDue { get; private set; }

    /// <summary>After a pause: no verdict on the quorum before what is queued has been read.</summary>
    public Tick QuorumVerdictFrom { get; private set; }

    /// <summary>When it must next be given the time. Alone it has nothing to wait for.</summary>
    public Tick NextWake => Tick.Min(Peers.All.Count == 0 ? Tick.Never : HeartbeatDue, Transfer.Deadline);

    /// <summary>
    /// Phase 1 is won: proposes in every slot what it says, and then a no-op of its own. What a promise has told of its sender is known; whoever
    /// has not promised is asked by a heartbeat what he has.
    /// </summary>
    public void Enter()
    {
        (server.Role, server.Leader) = (CoreRole.Leader, server.Self);
        Peers.Clear();
        Peers.Follow(server.Configuration);
        foreach (Progress peer in Peers.All)
            peer.Instance = peer.Instance.IsOpen ? server.Roster.HeardFrom(peer.Id) : peer.Instance; // its promise was heard
        Transfer.Clear();
        Reads.Begin();
        Replicator.Begin();
        Proposer.Begin();
        Acceptances.Begin(log.Commit.Next);
        OwnNext = log.Commit.Next;
        QuorumVerdictFrom = server.Now;
        HeartbeatDue = server.Now + server.Options.HeartbeatTicks;
        Propose();
        foreach (Progress peer in Peers.All)
        {
            LogIndex decided = promises.DecidedAt(peer.Id, peer.Instance);
            if (decided > LogIndex.Zero)
                peer.BecomeReplicate(LogIndex.Min(decided, log.Agreed).Next);
        }

        Replicator.Heartbeat();
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
        Proposer.End();
        Peers.Clear();
    }

    /// <summary>Takes over another core's state.</summary>
    public void Restore(LogIndex ownNext, Tick heartbeatDue, Tick quorumVerdictFrom) =>
        (OwnNext, HeartbeatDue, QuorumVerdictFrom) = (ownNext, heartbeatDue, quorumVerdictFrom);

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
        AskForPromises();
    }

    /// <summary>Commands from clients: answered once applied.</summary>
    public Refusal Propose(ReadOnlySpan<Payload> commands)
    {
        if (!server.DiskHasRoom)
            return Refusal.DiskFull;
        if (Transfer.Pending)
            return Refusal.TransferPending;
        if (Proposer.Undecided >= server.Options.UndecidedEntriesMax || Proposer.UndecidedBytes >= server.Options.UndecidedBytesMax)
            return Refusal.TooManyRequests;
        Proposer.Add(commands);
        if (Propose())
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
        if (refusal == Refusal.None && Propose())
            Replicator.SendAll();
        return refusal;
    }

    /// <summary>A peer has accepted proposals.</summary>
    public void Handle(NodeId from, InstanceId instance, in Accepted accepted)
    {
        if (Hear(from, instance) is not { } peer)
            return;
        if (Reads.Answered(ref peer.Round, accepted.Round))
            Replicator.Heartbeat();
        Replicator.Accepted(peer, accepted);
        Acceptances.Add(accepted.First, accepted.Last, server.Roster.BitOf(peer.Id, peer.Instance));
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
        if (Reads.Answered(ref peer.Round, reply.Round))
            Replicator.Heartbeat();
        LogIndex known = peer.Match;
        Replicator.Answered(peer, reply);
        if (peer.Match > known)
        {
            // An acknowledgement may have been lost: what is durable there counts all the same.
            Acceptances.Add(known.Next, peer.Match, server.Roster.BitOf(peer.Id, peer.Instance));
            Decide();
        }

        if (server.Role == CoreRole.Leader)
            Transfer.Progressed(peer);
    }

    /// <summary>A voter of a configuration that comes, or one that was late, has promised.</summary>
    public void Handle(NodeId from, InstanceId instance, in Promise promise)
    {
        if (promises.Add(from, instance, promise) && Propose())
            Replicator.SendAll();
    }

    /// <summary>A voter refuses, though no ballot is higher: what it was asked about has left its memory since.</summary>
    public void Handle(NodeId from, InstanceId instance, in Refused refused)
    {
        if (refused.Ballot == server.Promised)
            promises.AskAnew(from, instance);
    }

    /// <summary>Own writes are durable: the leader counts itself only now.</summary>
    public void OnDurable()
    {
        LogIndex first = OwnNext;
        while (OwnNext <= log.Agreed && (!log.Window.Holds(OwnNext) || log.Window.WriteOf(OwnNext) <= server.Writes.Durable))
            OwnNext = OwnNext.Next;
        if (OwnNext == first)
            return;
        Acceptances.Add(first, OwnNext.Previous, server.Roster.Self);
        Decide();
    }

    /// <summary>The disk has no segment to spare: hands over to whoever can take its place; alone it stays, and refuses proposals.</summary>
    public void OnDiskFull()
    {
        if (!server.IsAlone && !Transfer.Pending && Transfer.Start(NodeId.None) != Refusal.None)
            StepDown();
    }

    // A leader that hears from no phase-2 quorum decides nothing: its clients should look elsewhere, and its lease may be over.
    private bool QuorumIsGone =>
        server.Options.CheckQuorum && server.Now >= QuorumVerdictFrom
        && !server.Roster.HasPhase2(Peers.HeardSince(new Tick(server.Now.Value - server.Options.ElectionTicks)));

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
        if (first && Changes.TryBind(Reads.TermCommitted) && Propose())
            Replicator.SendAll();
        return peer;
    }

    /// <summary>Proposes what can be proposed.</summary>
    /// <returns>Whether there was anything; it is not sent yet.</returns>
    private bool Propose()
    {
        if (!Proposer.Pump())
            return false;
        Acceptances.Propose(log.Agreed);
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
            Acceptances.Decided(log.Commit);
            if (ReferenceEquals(latest, log.Configurations.Latest))
                continue;
            reconfigured = true;
            FollowConfiguration();
        }

        if (log.Commit == before)
            return;
        bool opened = !Reads.TermCommitted && Proposer.OwnNoOp != LogIndex.Zero && log.Commit >= Proposer.OwnNoOp;
        Propose(); // the window has moved on
        Replicator.TellDecided();
        if (opened && Reads.FirstCommit())
            Replicator.Heartbeat();
        if (reconfigured)
            Replicator.Heartbeat(); // newcomers say what they have
        if (reconfigured || opened)
            AfterConfiguration();
    }

    /// <summary>
    /// Whether a slot counts as decided. While a configuration is pending its quorum, too, must have everything up to the slot: once it is in
    /// force the others may go, and what they alone have with them. A leader may always ask for more than a quorum.
    /// </summary>
    private bool IsDecided(LogIndex slot)
    {
        if (!server.Roster.QuorumFor(slot).HasPhase2(Acceptances[slot]))
            return false;
        return log.Configurations.Pending is null
            || server.Roster.Pending.HasPhase2(Peers.MatchedUpTo(slot) | (OwnNext > slot ? server.Roster.Self : 0));
    }

    /// <summary>The configurations have changed: who counts, and who is sent to.</summary>
    private void FollowConfiguration()
    {
        // Whoever is out is told how far things are, and so that he is out.
        foreach (Progress peer in Peers.All)
        {
            if (server.Configuration.Find(peer.Id) is null)
                server.Outbox.Send(peer.Id, new DecidedNotice(server.Promised, log.Commit));
        }

        ulong free = server.Roster.Follow();
        Acceptances.Free(free);
        promises.Free(free);
        Peers.Follow(server.Configuration);
        AskForPromises();
    }

    /// <summary>A configuration is decided or in force, by this leader or by one before it: whatever that makes possible.</summary>
    private void AfterConfiguration()
    {
        Changes.OnInForce();
        if (Changes.TryBind(Reads.TermCommitted) && Propose())
            Replicator.SendAll();
        else if (!Changes.Pending && !server.IsVoter)
            Retire();
    }

    /// <summary>Phase 1 needs a quorum of every configuration: the voters of one that comes are asked as soon as it is known.</summary>
    private void AskForPromises()
    {
        if (!server.Roster.HasPhase1(promises.Promised))
            promises.Ask(log.Agreed.Next, transfer: false, after: WriteNumber.None);
    }

    /// <summary>The configuration without this member is in force: its work is done. The best of the others goes on at once.</summary>
    private void Retire()
    {
        if (Peers.Furthest() is { } successor)
            Transfer.Ask(successor);
        StepDown();
    }

    private void StepDown() => roles.BecomeFollower(server.Promised, NodeId.None);
}
