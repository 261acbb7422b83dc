using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// What one acceptor has accepted, slot by slot, and how much of it is known decided. Slots come in any order and may have gaps; entries are
/// decided in order. Every change goes out as a numbered write.
/// </summary>
internal sealed class SlotLog(CoreOptions options, CoreOutput output, WriteLedger writes, DeferredReleases releases) : ICoreLog
{
    private readonly List<LogIndex> recovered = []; // at or below the checkpoint
    private LogIndex knownDecided; // what the disk said so of when recovery began
    private Ballot highestRecovered;

    /// <summary>Every slot that may still be open, and the newest decided ones.</summary>
    public SlotWindow Window { get; } = new(releases);

    /// <summary>The configurations.</summary>
    public ConfigurationTimeline Configurations { get; } = new(output);

    /// <summary>Slots up to here are gone from the log; all of them are decided.</summary>
    public LogIndex Base { get; private set; }

    /// <inheritdoc/>
    /// <remarks>Never falls. What the log holds of a slot up to here is what was decided there.</remarks>
    public LogIndex Commit { get; private set; }

    /// <summary>The ballot under which slot <see cref="Commit"/> is held: all up to there was decided in it or in lower ones. A checkpoint keeps it, too.</summary>
    public Ballot CommitBallot { get; private set; }

    /// <summary>The highest slot with something accepted, or known decided.</summary>
    public LogIndex Last => LogIndex.Max(Commit, Window.End.Previous);

    /// <summary>
    /// Up to here every slot is decided, or was accepted under the ballot promised now. Of what that ballot's leader calls decided, this much
    /// is known here. On the leader itself: the last slot it has proposed.
    /// </summary>
    public LogIndex Agreed { get; private set; }

    /// <summary>Up to here every slot is durable as it is now.</summary>
    public LogIndex Durable { get; private set; }

    /// <summary>The last slot of a snapshot whose install is not durable yet, and that write; zero: none.</summary>
    public (LogIndex Slot, WriteNumber Write) Installing { get; private set; }

    LogIndex ICoreLog.Proposed => Agreed;

    ConfigurationInForce ICoreLog.InForce => Configurations.InForce;

    /// <inheritdoc/>
    public LogIndex FirstHeld => Window.First;

    /// <inheritdoc/>
    public ref readonly Entry this[LogIndex index] => ref Window[index];

    /// <inheritdoc/>
    public bool Holds(LogIndex index) => Window.Holds(index);

    /// <inheritdoc/>
    /// <remarks>Its ballot is not kept: only what is decided and durable leaves the memory, and it never changes again.</remarks>
    public bool MayBeLoaded(in Entry entry) => entry.Index <= Commit && entry.Index < Window.First;

    /// <summary>Payload bytes and overhead of what was decided since <see cref="Kept"/>: what a start would have to ask others about.</summary>
    public long BytesUnkept { get; private set; }

    /// <summary>Begins from a checkpoint, or from nothing.</summary>
    /// <param name="checkpoint">It.</param>
    /// <param name="decided">Up to here slots are known decided, and as they lie in the log.</param>
    public void Begin(SnapshotInfo checkpoint, LogIndex decided)
    {
        (knownDecided, highestRecovered) = (decided, Ballot.Zero);
        Window.Reset(checkpoint.Index.Next);
        Configurations.Reset(checkpoint.Configuration, checkpoint.Index);
        (Base, Commit, Agreed, Durable) = (checkpoint.Index, checkpoint.Index, checkpoint.Index, checkpoint.Index);
        CommitBallot = Ballot.Of(checkpoint.Epoch);
    }

    /// <summary>
    /// One record that the disk holds: the newest of its slot. Slots that are not known decided stay in memory, since phase 1 may ask about them; of
    /// the others the newest do.
    /// </summary>
    public void Recover(in Entry entry)
    {
        if (entry.Index <= Commit)
        {
            recovered.Add(entry.Index);
            return;
        }

        Window.Set(entry, WriteNumber.None);
        if (Ballot.Of(entry.Epoch) > highestRecovered)
            highestRecovered = Ballot.Of(entry.Epoch);
        ExtendDurable();
        while (Commit < knownDecided && Window.Holds(Commit.Next))
            Decide();
        Configurations.HasChanged = false; // the disk says so already
        Kept();
        BoundWindow();
    }

    /// <summary>All records were given. Those that lead up to the checkpoint without a gap can catch others up.</summary>
    /// <returns>The highest ballot among those after the checkpoint.</returns>
    public Ballot Recovered()
    {
        recovered.Sort();
        for (int i = recovered.Count - 1; i >= 0 && recovered[i] == Base; i--)
            Base = Base.Previous;
        recovered.Clear();
        return highestRecovered;
    }

    /// <summary>That all of this is decided is on its way to the disk, or there.</summary>
    public void Kept() => BytesUnkept = 0;

    /// <summary>Another ballot is promised: of what is open, only what is accepted under that one agrees with its leader.</summary>
    public void BallotChanged(Ballot promised)
    {
        Agreed = Commit;
        ExtendAgreed(promised);
    }

    /// <summary>
    /// Phase 2b: accepts what a leader proposes, as one write. What is decided here, or accepted under this very ballot, is not taken again.
    /// </summary>
    /// <param name="ballot">The ballot promised, and that of all <paramref name="proposals"/>.</param>
    /// <param name="proposals">In ascending order of slots.</param>
    public void Accept(Ballot ballot, ReadOnlySpan<Entry> proposals)
    {
        int start = output.WriteEntries.Count;
        foreach (ref readonly Entry proposal in proposals)
        {
            Invariant.Check(proposal.Epoch == ballot.Epoch);
            if (proposal.Index <= Commit)
            {
                // Paxos P2: what is decided is all that a higher ballot can propose there.
                Invariant.Check(!Window.Holds(proposal.Index) || IsSame(Window[proposal.Index], proposal));
                continue;
            }

            if (Window.Holds(proposal.Index))
            {
                Epoch accepted = Window[proposal.Index].Epoch;
                Invariant.Check(accepted <= proposal.Epoch); // never below a promise
                if (accepted == proposal.Epoch)
                {
                    Invariant.Check(IsSame(Window[proposal.Index], proposal)); // one value for a slot in a ballot
                    continue;
                }
            }

            Window.Set(proposal, writes.Last.Next);
            Durable = LogIndex.Min(Durable, proposal.Index.Previous);
            output.WriteEntries.Add(proposal);
        }

        writes.IssueAppend(start);
        ExtendAgreed(ballot);
    }

    /// <summary>A leader's own proposal, in the slot after the last it has proposed. Goes to disk with <see cref="EndProposing"/>.</summary>
    public void Propose(Ballot ballot, EntryKind kind, in Payload payload)
    {
        var proposal = new Entry(Agreed.Next, ballot.Epoch, kind, payload);
        Invariant.Check(!Window.Holds(proposal.Index) || Window[proposal.Index].Epoch < proposal.Epoch); // one value for a slot in a ballot
        Window.Set(proposal, writes.Last.Next);
        Durable = LogIndex.Min(Durable, proposal.Index.Previous);
        output.WriteEntries.Add(proposal);
        Agreed = proposal.Index;
    }

    /// <summary>Writes what was proposed since there were <paramref name="start"/> entries to write.</summary>
    public void EndProposing(int start) => writes.IssueAppend(start);

    /// <summary>Everything up to <paramref name="index"/> is decided, and is here as it was decided.</summary>
    public void CommitTo(LogIndex index)
    {
        if (index <= Commit)
            return;
        Invariant.Check(index <= Agreed);
        while (Commit < index)
            Decide();
    }

    /// <summary>
    /// Everything up to <paramref name="index"/> is decided, in <paramref name="ballot"/> or in lower ones. What is here under that ballot, or a higher one, is
    /// what was decided: no ballot after it proposes anything else. The rest is not known by that.
    /// </summary>
    public void Taught(LogIndex index, Ballot ballot, Ballot promised)
    {
        while (Commit < index && Window.Holds(Commit.Next) && Ballot.Of(Window[Commit.Next].Epoch) >= ballot)
            Decide();
        Agreed = LogIndex.Max(Agreed, Commit);
        ExtendAgreed(promised);
    }

    /// <summary>
    /// A snapshot ahead of what is decided here takes the place of the slots up to its index. What was accepted in later slots stays: a
    /// promise to remember it was given (mutant: snap-drops-accepted).
    /// </summary>
    public void Install(SnapshotInfo snapshot, Ballot promised)
    {
        Invariant.Check(snapshot.Index > Commit);
        Window.DropBefore(snapshot.Index.Next);
        (Base, Commit, CommitBallot) = (snapshot.Index, snapshot.Index, Ballot.Of(snapshot.Epoch));

        // Until the install is durable, the disk may hold something else in slots that this ballot's leader has not been heard on.
        Durable = LogIndex.Min(Durable, Agreed);
        Agreed = LogIndex.Max(Agreed, Commit);
        writes.Issue(new LogWrite(default, LogWriteKind.Install, Snapshot: snapshot));
        Installing = (snapshot.Index, writes.Last);
        Configurations.Reset(snapshot.Configuration, snapshot.Index);
        Configurations.Announce();
        ExtendAgreed(promised);
        ExtendDurable();
    }

    /// <summary>Slots up to <paramref name="upTo"/>, decided ones, leave the log.</summary>
    public void DropUpTo(LogIndex upTo)
    {
        Invariant.Check(upTo <= Commit);
        Base = LogIndex.Max(Base, upTo);
        Durable = LogIndex.Max(Durable, Base);
        Window.DropBefore(Base.Next);
    }

    /// <summary>More writes are durable.</summary>
    public void WritesDurable() => ExtendDurable();

    /// <summary>Keeps the window within its bound: what is decided and durable can be loaded again.</summary>
    public void BoundWindow()
    {
        if (Window.Bytes <= options.WindowBytesMax)
            return;
        LogIndex evictable = LogIndex.Min(Commit, Durable);
        while (Window.Bytes > options.WindowBytesMax && Window.First <= evictable)
            Window.DropBefore(Window.First.Next);
    }

    /// <summary>Takes over another core's state; the entries of the window follow.</summary>
    public void Restore(
        LogIndex newBase, LogIndex commit, Ballot commitBallot, LogIndex agreed, LogIndex durable, (LogIndex Slot, WriteNumber Write) installing,
        long bytesUnkept, LogIndex window)
    {
        (Installing, BytesUnkept) = (installing, bytesUnkept);
        (Base, Commit, CommitBallot, Agreed, Durable) = (newBase, commit, commitBallot, agreed, durable);
        Window.Reset(window);
    }

    private void Decide()
    {
        ref readonly Entry decided = ref Window[Commit.Next];
        Invariant.Check(decided.Index == Commit.Next);
        (Commit, CommitBallot) = (decided.Index, Ballot.Of(decided.Epoch));
        BytesUnkept += decided.Payload.Length + SlotWindow.OverheadBytes;
        if (decided.Kind == EntryKind.Configuration)
            Configurations.Decided(Commit, Configuration.Read(decided.Payload.Span));
        Configurations.CommittedUpTo(Commit);
    }

    private static bool IsSame(in Entry held, in Entry proposed) =>
        held.Kind == proposed.Kind && held.Payload.Length == proposed.Payload.Length && held.Payload.Checksum == proposed.Payload.Checksum;

    private void ExtendAgreed(Ballot promised)
    {
        while (Window.Holds(Agreed.Next) && Window[Agreed.Next].Epoch == promised.Epoch)
            Agreed = Agreed.Next;
    }

    private void ExtendDurable()
    {
        if (Installing.Slot > LogIndex.Zero && Installing.Write <= writes.Durable)
            (Durable, Installing) = (LogIndex.Max(Durable, Installing.Slot), default);
        while (Window.Holds(Durable.Next) && Window.WriteOf(Durable.Next) <= writes.Durable)
            Durable = Durable.Next;
    }
}
