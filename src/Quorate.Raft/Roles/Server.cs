using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// The state that Raft's Figure 2 gives to every server, and what all its handlers share. The rules that change it are in the
/// handlers; the order term before vote before log is kept here. Owner: the replica loop.
/// </summary>
internal sealed class Server
{
    /// <summary>A server that has not begun.</summary>
    public Server(CoreOptions options)
    {
        Options = options;
        Output = new CoreOutput();
        Releases = new DeferredReleases();
        Writes = new WriteLedger(Output);
        Log = new RaftLog(options, Output, Writes, Releases);
        Tickets = new LoadTickets();
        Feed = new ApplyFeed(options, Output, Log, Tickets);
        Outbox = new Outbox(Output);
        Timer = new ElectionTimer(options);
    }

    /// <summary>What it is tuned by.</summary>
    public CoreOptions Options { get; }

    /// <summary>What is to be done.</summary>
    public CoreOutput Output { get; }

    /// <summary>Encodes messages.</summary>
    public Outbox Outbox { get; }

    /// <summary>Numbers writes.</summary>
    public WriteLedger Writes { get; }

    /// <summary>log[], commitIndex.</summary>
    public RaftLog Log { get; }

    /// <summary>lastApplied.</summary>
    public ApplyFeed Feed { get; }

    /// <summary>Numbers loads.</summary>
    public LoadTickets Tickets { get; }

    /// <summary>References on their way back.</summary>
    public DeferredReleases Releases { get; }

    /// <summary>When to campaign.</summary>
    public ElectionTimer Timer { get; }

    /// <summary>Blocks for the payloads that the core makes itself: configurations.</summary>
    public BlockPool Pool { get; } = new(1 << 20);

    /// <summary>This member.</summary>
    public NodeId Self { get; private set; }

    /// <summary>This life of it.</summary>
    public InstanceId Instance { get; private set; }

    /// <summary>Time, as last handed in.</summary>
    public Tick Now { get; set; }

    /// <summary>currentTerm: never falls; persistent.</summary>
    public Term Term { get; private set; }

    /// <summary>votedFor: who has this member's vote in <see cref="Term"/>; persistent.</summary>
    public NodeId VotedFor { get; private set; }

    /// <summary>What it does.</summary>
    public CoreRole Role { get; set; }

    /// <summary>Who leads <see cref="Term"/>, as far as is known here.</summary>
    public NodeId Leader { get; set; }

    /// <summary>When a message of the leader last arrived; on a leader itself, not used.</summary>
    public Tick LeaderHeard { get; set; }

    /// <summary>Up to here the log is known to agree with that of <see cref="Leader"/>: the commit index never passes it.</summary>
    public LogIndex Agreed { get; set; }

    /// <summary>Whether the log on disk has a segment to spare.</summary>
    public bool DiskHasRoom { get; set; } = true;

    /// <summary>The published checkpoint; the log is never dropped past it.</summary>
    public LogIndex Checkpoint { get; set; }

    /// <summary>The configuration in force.</summary>
    public Configuration Configuration => Log.Configurations.Latest;

    /// <summary>Whether this instance counts in a quorum.</summary>
    public bool IsVoter => Configuration.IsVoter(Self, Instance);

    /// <summary>
    /// A member without a vote does not campaign; nor does one whose disk could not take a leader's entries. One whose removal is not committed does:
    /// it may be the only one that holds that entry, and so the only one whose log lets it win (thesis §4.2.2). Its own vote does not count.
    /// </summary>
    public bool MayCampaign =>
        DiskHasRoom && Role != CoreRole.Leader && Log.Configurations.MayVote(Self, Instance, Log.Commit);

    /// <summary>Takes what the disk held.</summary>
    public void Begin(CoreStart start)
    {
        (Self, Instance, Now) = (start.Self, start.Instance, start.Now);
        (Term, VotedFor) = (start.HardState.Epoch.Term, start.HardState.VotedFor);
        (Role, Leader, Agreed) = (CoreRole.Follower, NodeId.None, LogIndex.Zero);
        Timer.Begin(start.Seed);
        Log.Begin(start.Checkpoint);
        Feed.Restored(start.Checkpoint.Index);
        Checkpoint = start.Checkpoint.Index;
    }

    /// <summary>Takes over what another core wrote.</summary>
    public void Restore(NodeId self, InstanceId instance, Tick now, Term term, NodeId votedFor) =>
        (Self, Instance, Now, Term, VotedFor) = (self, instance, now, term, votedFor);

    /// <summary>The log's last record may be of a newer term than the hard state: whoever wrote it had entered that term.</summary>
    public void RaiseTermToLog()
    {
        if (Log.Last.Term > Term)
            (Term, VotedFor) = (Log.Last.Term, NodeId.None);
    }

    /// <summary>
    /// Enters a newer term, with a vote in it or none. Both go to disk in one write: a term without its vote forgotten, or a vote
    /// without its term, would let this member vote twice.
    /// </summary>
    public void EnterTerm(Term term, NodeId vote = default)
    {
        Invariant.Check(term > Term);
        (Term, VotedFor, Leader, Agreed) = (term, vote, NodeId.None, LogIndex.Zero);
        PersistHardState();
    }

    /// <summary>Votes, once in a term.</summary>
    public void VoteFor(NodeId candidate)
    {
        Invariant.Check(VotedFor.IsNone);
        VotedFor = candidate;
        PersistHardState();
    }

    /// <summary>
    /// Whether a leader was heard from within an election timeout: then vote requests are ignored, so that a member cut off and back
    /// cannot unseat it (thesis §6.2: leader stickiness). A leader ignores them itself: it steps down when its quorum is gone. A lease
    /// rests on this, so with leases it holds also where the leader's name has been forgotten since.
    /// </summary>
    public bool HasLiveLeader => Options.CheckQuorum && (Role == CoreRole.Leader || HeardLeaderLately);

    private bool HeardLeaderLately =>
        (!Leader.IsNone || Options.LeaseReads) && Now - LeaderHeard < Options.ElectionTicks;

    private void PersistHardState() => Writes.Issue(
        new LogWrite(default, LogWriteKind.HardState, HardState: new HardState(Term.Epoch, VotedFor)), Log.Last.Index);
}
