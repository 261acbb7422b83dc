using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// What an acceptor never forgets, and the log. The rules that change it are in the handlers; that a ballot promised goes to disk before anybody
/// hears of it is kept here. Owner: the replica loop.
/// </summary>
internal sealed class Server : CoreServer
{
    private static readonly Tick longAgo = new(long.MinValue / 2);

    private readonly Queue<(WriteNumber Write, LogIndex Decided)> keeping = []; // hard states that are not durable yet, oldest first
    private LogIndex kept; // up to where slots are decided, as the newest durable hard state says
    private LogIndex newestKept; // as the newest one says, durable or not

    /// <summary>A server that has not begun.</summary>
    public Server(CoreOptions options)
        : base(options)
    {
        Log = new SlotLog(options, Output, Writes, Releases);
        Feed = new ApplyFeed(options, Output, Log, Tickets);
        Outbox = new Outbox(Output);
        Roster = new Roster(this);
    }

    /// <summary>Encodes messages.</summary>
    public Outbox Outbox { get; }

    /// <summary>The highest ballot promised: nothing is accepted, and nothing promised, below it. Never falls; persistent.</summary>
    public Ballot Promised { get; private set; }

    /// <inheritdoc/>
    public override Epoch Epoch => Promised.Epoch;

    /// <summary>What is accepted and what is decided.</summary>
    public override SlotLog Log { get; }

    /// <inheritdoc/>
    public override ApplyFeed Feed { get; }

    /// <summary>The voters, while this member campaigns or leads.</summary>
    public Roster Roster { get; }

    /// <summary>
    /// Up to here the hard state says that slots are decided: a start knows it without asking anybody. A checkpoint alone says it, too, but should its name be
    /// lost while the log still holds all, a start would not miss it: so what a checkpoint covers is written here as well.
    /// </summary>
    public LogIndex DecidedOnDisk => kept;

    /// <summary>When it was last asked to promise, and did; long ago: never.</summary>
    public Tick PromisedAt { get; set; } = longAgo;

    /// <summary>When a leader was last heard from before the one that is followed; long ago: never.</summary>
    public Tick FormerLeaderHeard { get; private set; } = longAgo;

    /// <summary>
    /// Whether a leader before the one that is followed may still read by a lease that this member gave. Its successor may have been elected without it, by
    /// an earlier configuration: it is followed all the same, but until that lease is over it gets no promise.
    /// </summary>
    public bool OwesFormerLeader => Options.LeaseReads && Now - FormerLeaderHeard < Options.ElectionTicks;

    /// <inheritdoc/>
    /// <remarks>Joint while it is pending.</remarks>
    public override Configuration Configuration => Log.Configurations.Latest;

    /// <inheritdoc/>
    /// <remarks>A member without a vote never campaigns; nor does one whose disk could not take a leader's entries.</remarks>
    public override bool MayCampaign => IsVoter && DiskHasRoom && Role != CoreRole.Leader;

    /// <inheritdoc/>
    public override void Begin(CoreStart start)
    {
        base.Begin(start);
        Promised = Ballot.Of(start.HardState.Epoch);
        kept = start.HardState.Decided;
        newestKept = LogIndex.Max(kept, Checkpoint); // nothing is to be written before the end of recovery
        Log.Begin(start.Checkpoint, decided: kept);
        Raise(Ballot.Of(start.Checkpoint.Epoch));
    }

    /// <inheritdoc/>
    /// <remarks>Whoever accepted something under a ballot had promised it.</remarks>
    public override void Recovered()
    {
        Raise(Log.Recovered());
        kept = newestKept = LogIndex.Min(kept, Log.Commit);
        Log.BallotChanged(Promised);
        Output.Configurations.Clear();
        Log.Configurations.Announce();
    }

    /// <inheritdoc/>
    public override void OnDurable()
    {
        Log.WritesDurable();
        while (keeping.TryPeek(out var first) && first.Write <= Writes.Durable)
            kept = keeping.Dequeue().Decided;
    }

    /// <inheritdoc/>
    /// <remarks>
    /// A configuration may have come into force. A start that did not know that would ask for promises of members that may be gone: that everything
    /// before it is decided goes to disk, after the slots themselves, and then the leader is told. So it does whenever a quarter of the window has been
    /// decided since: a start holds all in memory of which it does not know that, and if all start at once, a leader proposes all of it again.
    /// </remarks>
    public override void AfterInput()
    {
        if (Log.Configurations.HasChanged)
        {
            Log.Configurations.HasChanged = false;
            PersistHardState();
            TellLeader();
        }
        else if (Log.BytesUnkept >= Math.Max(Options.WindowBytesMax / 4, 1) || Checkpoint > newestKept)
        {
            PersistHardState();
        }
    }

    /// <summary>What a leader is told of this member's log, and that no higher ballot is promised here.</summary>
    /// <param name="heartbeat">The heartbeat that is answered; of round and number 0 where none is.</param>
    /// <param name="decidedOnDisk">See <see cref="DecidedOnDisk"/>: as it is once the answer leaves.</param>
    public HeartbeatReply Standing(in Heartbeat heartbeat, LogIndex decidedOnDisk) => new(
        Promised, heartbeat.Round, heartbeat.Beat, Log.Agreed, LogIndex.Min(Log.Agreed, Log.Durable), decidedOnDisk, DiskHasRoom);

    /// <summary>Tells the leader unasked, once what was written just now is durable: up to where slots are decided was part of it.</summary>
    public void TellLeader()
    {
        if (Role == CoreRole.Follower && !Leader.IsNone)
            Outbox.Send(Leader, Standing(default, Log.Commit), after: Writes.Last);
    }

    /// <summary>
    /// What is known decided goes to disk: it may lie under a ballot lower than the one promised, and then no leader sends it again. Where a configuration has
    /// come into force by it, that is about to happen anyway.
    /// </summary>
    public void KeepDecided()
    {
        if (!Log.Configurations.HasChanged)
            PersistHardState();
    }

    /// <summary>Another leader is about to be followed than was heard from, as far as is known.</summary>
    public void LeaderChanges() => FormerLeaderHeard = LeaderHeard;

    /// <summary>
    /// It stands for election, or promises a ballot that it was asked for, and owes no former leader: none that it heard from has a lease of it any more.
    /// </summary>
    public void ForgetLeaderHeard() => LeaderHeard = longAgo;

    /// <summary>Promises a higher ballot. What is said of it must wait for the write that this issues.</summary>
    public void Promise(Ballot ballot)
    {
        Invariant.Check(ballot > Promised);
        (Promised, Leader) = (ballot, NodeId.None);
        Log.BallotChanged(ballot);
        PersistHardState();
    }

    /// <inheritdoc/>
    public override void WriteState(StateWriter state, StateWriter timing)
    {
        base.WriteState(state, timing);
        state.Ballot(Promised);
        state.UInt64(kept.Value);
        state.UInt64(newestKept.Value);
        state.Int64(keeping.Count);
        foreach ((WriteNumber write, LogIndex decided) in keeping)
        {
            state.UInt64(write.Value - Writes.Durable.Value);
            state.UInt64(decided.Value);
        }

        timing.Int64(Math.Min(Now - PromisedAt, Options.ElectionTicks)); // longer ago is as good
        timing.Int64(Math.Min(Now - FormerLeaderHeard, Options.ElectionTicks));
    }

    /// <inheritdoc/>
    public override void ReadState(ref StateReader state, ref StateReader timing)
    {
        base.ReadState(ref state, ref timing);
        Promised = state.Ballot();
        kept = state.Index();
        newestKept = state.Index();
        keeping.Clear();
        for (long count = state.Int64(); count > 0; count--)
            keeping.Enqueue((new WriteNumber(state.UInt64()), state.Index()));
        PromisedAt = Now + -timing.Int64();
        FormerLeaderHeard = Now + -timing.Int64();
    }

    private void PersistHardState()
    {
        Writes.Issue(new LogWrite(default, LogWriteKind.HardState, HardState: new HardState(Promised.Epoch, NodeId.None, Log.Commit)));
        keeping.Enqueue((Writes.Last, Log.Commit));
        newestKept = Log.Commit;
        Log.Kept();
    }

    private void Raise(Ballot known)
    {
        if (known > Promised)
            Promised = known;
    }
}
