using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// What every member has, and what all its handlers share. The rules that change it are in the handlers; that a ballot promised goes to disk
/// before anybody hears of it is kept here. Owner: the replica loop.
/// </summary>
internal sealed class Server
{
    private LogIndex decidedAtStart;

    /// <summary>A server that has not begun.</summary>
    public Server(CoreOptions options)
    {
        Options = options;
        Output = new CoreOutput();
        Releases = new DeferredReleases();
        Writes = new WriteLedger(Output);
        Log = new SlotLog(options, Output, Writes, Releases);
        Tickets = new LoadTickets();
        Feed = new ApplyFeed(options, Output, Log, Tickets);
        Outbox = new Outbox(Output);
        Timer = new ElectionTimer(options);
        Roster = new Roster(this);
    }

    /// <summary>What it is tuned by.</summary>
    public CoreOptions Options { get; }

    /// <summary>What is to be done.</summary>
    public CoreOutput Output { get; }

    /// <summary>Encodes messages.</summary>
    public Outbox Outbox { get; }

    /// <summary>Numbers writes.</summary>
    public WriteLedger Writes { get; }

    /// <summary>What is accepted and what is decided.</summary>
    public SlotLog Log { get; }

    /// <summary>Hands decided entries out.</summary>
    public ApplyFeed Feed { get; }

    /// <summary>Numbers loads.</summary>
    public LoadTickets Tickets { get; }

    /// <summary>References on their way back.</summary>
    public DeferredReleases Releases { get; }

    /// <summary>When to campaign.</summary>
    public ElectionTimer Timer { get; }

    /// <summary>The voters, while this member campaigns or leads.</summary>
    public Roster Roster { get; }

    /// <summary>Blocks for the payloads that the core makes itself: configurations.</summary>
    public BlockPool Pool { get; } = new(1 << 20);

    /// <summary>This member.</summary>
    public NodeId Self { get; private set; }

    /// <summary>This life of it.</summary>
    public InstanceId Instance { get; private set; }

    /// <summary>Time, as last handed in.</summary>
    public Tick Now { get; set; }

    /// <summary>The highest ballot promised: nothing is accepted, and nothing promised, below it. Never falls; persistent.</summary>
    public Ballot Promised { get; private set; }

    /// <summary>What it does.</summary>
    public CoreRole Role { get; set; }

    /// <summary>The proposer of <see cref="Promised"/>, once it is known to lead.</summary>
    public NodeId Leader { get; set; }

    /// <summary>When a message of the leader last arrived; on a leader itself, not used.</summary>
    public Tick LeaderHeard { get; set; }

    /// <summary>When it was last asked to promise, and did; long ago: never.</summary>
    public Tick PromisedAt { get; set; } = new(long.MinValue / 2);

    /// <summary>Whether the log on disk has a segment to spare.</summary>
    public bool DiskHasRoom { get; set; } = true;

    /// <summary>The published checkpoint; the log is never dropped past it.</summary>
    public LogIndex Checkpoint { get; set; }

    /// <summary>The newest configuration, joint while it is pending.</summary>
    public Configuration Configuration => Log.Configurations.Latest;

    /// <summary>Whether this instance counts in a quorum.</summary>
    public bool IsVoter => Configuration.IsVoter(Self, Instance);

    /// <summary>A member without a vote never campaigns; nor does one whose disk could not take a leader's entries.</summary>
    public bool MayCampaign => IsVoter && DiskHasRoom && Role != CoreRole.Leader;

    /// <summary>Whether this member alone is every quorum.</summary>
    public bool IsAlone => IsVoter && Configuration.Voters.Length == 1 && !Configuration.IsJoint;

    /// <summary>
    /// Whether a leader was heard from within an election timeout: then nobody else is promised anything, so that a member cut off and back
    /// cannot unseat it. A leader steps down by itself when its quorum is gone. A lease rests on this, so with leases it holds also where the
    /// leader's name has been forgotten since.
    /// </summary>
    public bool HasLiveLeader => Options.CheckQuorum && (Role == CoreRole.Leader || HeardLeaderLately);

    /// <summary>Takes what the disk held.</summary>
    public void Begin(CoreStart start)
    {
        (Self, Instance, Now) = (start.Self, start.Instance, start.Now);
        Promised = Ballot.Of(start.HardState.Epoch);
        (Role, Leader) = (CoreRole.Follower, NodeId.None);
        Timer.Begin(start.Seed);
        Log.Begin(start.Checkpoint);
        Feed.Restored(start.Checkpoint.Index);
        Checkpoint = start.Checkpoint.Index;
        Raise(Ballot.Of(start.Checkpoint.Epoch));
        decidedAtStart = start.HardState.Decided;
    }

    /// <summary>The log was read. Whoever accepted something under a ballot had promised it.</summary>
    public void Recovered()
    {
        Raise(Log.Recovered(decidedAtStart));
        Log.BallotChanged(Promised);
    }

    /// <summary>Takes over what another core wrote.</summary>
    public void Restore(NodeId self, InstanceId instance, Tick now, Ballot promised) =>
        (Self, Instance, Now, Promised) = (self, instance, now, promised);

    /// <summary>Promises a higher ballot. What is said of it must wait for the write that this issues.</summary>
    public void Promise(Ballot ballot)
    {
        Invariant.Check(ballot > Promised);
        (Promised, Leader) = (ballot, NodeId.None);
        Log.BallotChanged(ballot);
        PersistHardState();
    }

    /// <summary>
    /// A configuration has come into force. A start that did not know that would ask for promises of members that may be gone: that everything
    /// before it is decided goes to disk, after the slots themselves.
    /// </summary>
    public void PersistHardState() => Writes.Issue(
        new LogWrite(default, LogWriteKind.HardState, HardState: new HardState(Promised.Epoch, NodeId.None, Log.Commit)));

    private void Raise(Ballot known)
    {
        if (known > Promised)
            Promised = known;
    }

    private bool HeardLeaderLately =>
        (!Leader.IsNone || Options.LeaseReads) && Now - LeaderHeard < Options.ElectionTicks;
}
