namespace Quorate.Consensus;

/// <summary>
/// What a leader does whatever its log is like: it sends heartbeats, gives up when its quorum is gone, says to callers what it cannot take, and hands
/// over. How entries come to be decided is the engine's matter. Owner: the replica loop.
/// </summary>
internal abstract class Leadership<TPeer>
    where TPeer : Peer
{
    private readonly CoreServer server;
    private Tick heartbeatDue; // when the next heartbeats are
    private Tick quorumVerdictFrom; // after a pause: no verdict on the quorum before what is queued has been read
    private bool heldBack; // since the last verdict

    /// <summary>A leader that is not in office.</summary>
    protected Leadership(CoreServer server, PeerTable<TPeer> peers)
    {
        this.server = server;
        Peers = peers;
        Reads = new ReadRounds(server.Options, server.Output, peers);
        Transfer = new LeadershipTransfer<TPeer>(server, this);
    }

    /// <summary>Everyone else.</summary>
    public PeerTable<TPeer> Peers { get; }

    /// <summary>Reads.</summary>
    public ReadRounds Reads { get; }

    /// <summary>Sends entries.</summary>
    public abstract Replicator<TPeer> Replicator { get; }

    /// <summary>Changes.</summary>
    public abstract MembershipChanges<TPeer> Changes { get; }

    /// <summary>Hand-over.</summary>
    public LeadershipTransfer<TPeer> Transfer { get; }

    /// <summary>When it must next be given the time. Alone it has nothing to wait for.</summary>
    public Tick NextWake => Tick.Min(Peers.All.Count == 0 ? Tick.Never : heartbeatDue, Transfer.Deadline);

    /// <summary>Whether a quorum was heard from within an election timeout.</summary>
    protected abstract bool HearsQuorum { get; }

    /// <summary>Whether enough members have room on their disks for an entry to be decided, as far as is known.</summary>
    protected abstract bool QuorumHasRoom { get; }

    /// <summary>Entries that wait to be decided.</summary>
    protected abstract long Undecided { get; }

    /// <summary>Payload bytes of callers' entries that wait to be decided.</summary>
    protected abstract long UndecidedBytes { get; }

    /// <summary>Elected: takes office.</summary>
    public void Enter()
    {
        (server.Role, server.Leader) = (CoreRole.Leader, server.Self);
        Peers.Clear();
        Peers.Follow(server.Configuration);
        foreach (TPeer peer in Peers.All)
            peer.Instance = peer.Instance.IsOpen ? ElectedBy(peer.Id) : peer.Instance; // it was heard in the election
        Transfer.Clear();
        Reads.Begin();
        (quorumVerdictFrom, heldBack) = (server.Now, false);
        heartbeatDue = server.Now + server.Options.HeartbeatTicks;
        Begin();
        if (!server.DiskHasRoom)
            OnDiskFull(); // the room went while it was campaigning
    }

    /// <summary>Not in office any more.</summary>
    public virtual void Leave()
    {
        Reads.Fail();
        Changes.Fail();
        Transfer.Clear();
        Peers.Clear();
    }

    /// <summary>
    /// The process was paused: what is queued is read before the quorum is judged. Not twice in a row: a leader whose steps all come late must be judged some
    /// time.
    /// </summary>
    public void HoldBack()
    {
        if (!heldBack)
            (quorumVerdictFrom, heldBack) = (server.Now + 1, true);
    }

    /// <summary>The time has come for what waited for it.</summary>
    public void OnTime()
    {
        if (Transfer.Expired() && !server.DiskHasRoom)
        {
            StepDown(); // it was to hand over because it can take no more entries
            return;
        }

        if (server.Now < heartbeatDue)
            return;
        heartbeatDue = server.Now + server.Options.HeartbeatTicks;

        // A leader that hears from no quorum steps down: its clients should look elsewhere, and its lease may be over (Raft thesis §6.2).
        if (server.Options.CheckQuorum && server.Now >= quorumVerdictFrom && !HearsQuorum)
        {
            StepDown();
            return;
        }

        heldBack = server.Now < quorumVerdictFrom;
        Reads.OnHeartbeat();
        OnHeartbeat();
    }

    /// <summary>Commands from clients: answered once applied.</summary>
    public Refusal Propose(ReadOnlySpan<Payload> commands)
    {
        if (Unwilling is not Refusal.None and var refusal)
            return refusal;
        if (!QuorumHasRoom)
            return Refusal.DiskFull; // it would wait there, its callers with it, until somebody clears a disk
        if (Undecided >= server.Options.UndecidedEntriesMax || UndecidedBytes >= server.Options.UndecidedBytesMax)
            return Refusal.TooManyRequests;
        Add(commands);
        Replicate();
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
        Refusal refusal = Unwilling;
        if (refusal == Refusal.None)
            refusal = Changes.Start(change, Reads.TermCommitted);
        if (refusal == Refusal.None)
            Replicate();
        return refusal;
    }

    /// <summary>The disk has no segment to spare: hands over to whoever can take its place; alone it stays, and refuses proposals.</summary>
    public void OnDiskFull()
    {
        if (!server.IsAlone && !Transfer.Pending && Transfer.Start(NodeId.None) != Refusal.None)
            StepDown();
    }

    /// <summary>Own writes are durable: the leader counts itself only now.</summary>
    public abstract void OnDurable();

    /// <summary>Whether a peer has everything that this leader has taken: it could lead in its place.</summary>
    public abstract bool IsComplete(TPeer peer);

    /// <summary>Sends a peer the word that makes it campaign at once, whatever leader others hear.</summary>
    public abstract void AskToCampaign(NodeId peer);

    /// <summary>Its part of the canonical state.</summary>
    public virtual void WriteState(StateWriter state, StateWriter timing)
    {
        timing.Int64(heartbeatDue - server.Now);
        timing.Int64(Math.Max(0, quorumVerdictFrom - server.Now));
        timing.Bool(heldBack);
        Transfer.WriteState(state, timing);
        Changes.WriteState(state);
        Reads.WriteState(state, timing);
        Peers.WriteState(state, timing);
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public virtual void ReadState(ref StateReader state, ref StateReader timing, BlockPool pool)
    {
        (heartbeatDue, quorumVerdictFrom) = (server.Now + timing.Int64(), server.Now + timing.Int64());
        heldBack = timing.Bool();
        Transfer.ReadState(ref state, ref timing);
        Changes.ReadState(ref state);
        Reads.ReadState(ref state, ref timing);
        Peers.ReadState(ref state, ref timing);
    }

    /// <summary>Begins to lead, with what is known of the log.</summary>
    protected abstract void Begin();

    /// <summary>Takes commands in.</summary>
    protected abstract void Add(ReadOnlySpan<Payload> commands);

    /// <summary>Sends what was taken in, as far as may be.</summary>
    protected abstract void Replicate();

    /// <summary>Heartbeats are due.</summary>
    protected virtual void OnHeartbeat() => Replicator.Heartbeat();

    /// <summary>Follows nobody, in the same term or ballot.</summary>
    protected abstract void StepDown();

    /// <summary>The life of a member that was heard in the election; open: none.</summary>
    protected abstract InstanceId ElectedBy(NodeId peer);

    /// <summary>A peer has spoken.</summary>
    /// <returns>It; null when it is nobody here, or in another life than the one spoken with: what that one has, and has promised, is not known.</returns>
    protected TPeer? Hear(NodeId from, InstanceId instance)
    {
        if (Peers.Find(from) is not { } peer)
            return null;
        bool first = peer.Instance.IsOpen;
        if (first)
            peer.Instance = instance;
        if (peer.Instance != instance)
            return null;
        peer.Heard = server.Now;
        if (first && Changes.TryBind(Reads.TermCommitted))
            Replicate();
        return peer;
    }

    /// <summary>A peer has answered a message that carried a read round.</summary>
    protected void Answered(TPeer peer, ulong round)
    {
        if (Reads.Answered(ref peer.Round, round))
            Replicator.Heartbeat();
    }

    /// <summary>The configuration without this member is in force for good: its work is done (Raft thesis §4.2.2). The best of the others goes on at once.</summary>
    protected void Retire()
    {
        if (Peers.Furthest() is { } successor)
            Transfer.Ask(successor);
        StepDown();
    }

    // A full disk is why it hands over: the next leader may have room, so what is asked meanwhile is not refused for good.
    private Refusal Unwilling =>
        Transfer.Pending ? Refusal.TransferPending
        : !server.DiskHasRoom ? Refusal.DiskFull
        : Refusal.None;
}
