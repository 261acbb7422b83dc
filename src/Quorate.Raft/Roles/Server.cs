using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// The state that Raft's Figure 2 gives to every server. The rules that change it are in the handlers; the order term before vote before log is
/// kept here. Owner: the replica loop.
/// </summary>
internal sealed class Server : CoreServer
{
    /// <summary>A server that has not begun.</summary>
    public Server(CoreOptions options)
        : base(options)
    {
        Log = new RaftLog(options, Output, Writes, Releases);
        Feed = new ApplyFeed(options, Output, Log, Tickets);
        Outbox = new Outbox(Output);
    }

    /// <summary>Encodes messages.</summary>
    public Outbox Outbox { get; }

    /// <summary>currentTerm: never falls; persistent.</summary>
    public Term Term { get; private set; }

    /// <summary>votedFor: who has this member's vote in <see cref="Term"/>; persistent.</summary>
    public NodeId VotedFor { get; private set; }

    /// <inheritdoc/>
    public override Epoch Epoch => Term.Epoch;

    /// <summary>log[], commitIndex.</summary>
    public override RaftLog Log { get; }

    /// <summary>lastApplied.</summary>
    public override ApplyFeed Feed { get; }

    /// <summary>Up to here the log is known to agree with that of <see cref="CoreServer.Leader"/>: the commit index never passes it.</summary>
    public LogIndex Agreed { get; set; }

    /// <inheritdoc/>
    /// <remarks>In force from the moment it is appended, committed or not (thesis §4.1).</remarks>
    public override Configuration Configuration => Log.Configurations.Latest;

    /// <inheritdoc/>
    /// <remarks>
    /// A member without a vote does not campaign; nor does one whose disk could not take a leader's entries. One whose removal is not committed does:
    /// it may be the only one that holds that entry, and so the only one whose log lets it win (thesis §4.2.2). Its own vote does not count. One that another instance
    /// has taken the place of does not.
    /// </remarks>
    public override bool MayCampaign =>
        DiskHasRoom && Role != CoreRole.Leader && Log.Configurations.MayStand(Self, Instance, Log.Commit);

    /// <inheritdoc/>
    public override void Begin(CoreStart start)
    {
        base.Begin(start);
        (Term, VotedFor, Agreed) = (start.HardState.Epoch.Term, start.HardState.VotedFor, LogIndex.Zero);
        Log.Begin(start.Checkpoint);
    }

    /// <inheritdoc/>
    /// <remarks>The log's last record may be of a newer term than the hard state: whoever wrote it had entered that term.</remarks>
    public override void Recovered()
    {
        Log.Recovered();
        if (Log.Last.Term > Term)
            (Term, VotedFor) = (Log.Last.Term, NodeId.None);
        Log.Configurations.Announce(Log.Commit);
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

    /// <inheritdoc/>
    public override void WriteState(StateWriter state, StateWriter timing)
    {
        base.WriteState(state, timing);
        state.UInt64(Term.Value);
        state.UInt64(VotedFor.Value);
        state.UInt64(Agreed.Value);
    }

    /// <inheritdoc/>
    public override void ReadState(ref StateReader state, ref StateReader timing)
    {
        base.ReadState(ref state, ref timing);
        (Term, VotedFor, Agreed) = (new Term(state.UInt64()), state.Node(), state.Index());
    }

    private void PersistHardState() => Writes.Issue(
        new LogWrite(default, LogWriteKind.HardState, HardState: new HardState(Term.Epoch, VotedFor)), Log.Last.Index);
}
