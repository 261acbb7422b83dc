using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// The log of one member (Raft Figure 2: <c>log[]</c>, <c>commitIndex</c>): the terms of all entries, the newest entries themselves, and
/// the configurations among them. Every change to it goes out as a numbered write.
/// </summary>
internal sealed class RaftLog(CoreOptions options, CoreOutput output, WriteLedger writes, DeferredReleases releases) : ICoreLog
{
    private readonly TermRuns terms = new();
    private LogPosition checkpoint; // what recovery began from

    /// <summary>The newest entries.</summary>
    public EntryWindow Window { get; } = new(releases);

    /// <summary>The configurations.</summary>
    public ConfigurationHistory Configurations { get; } = new(output);

    /// <summary>The terms.</summary>
    public TermRuns Terms => terms;

    /// <summary>The position before the first entry.</summary>
    public LogPosition Base => terms.Base;

    /// <summary>The last entry.</summary>
    public LogPosition Last => terms.LastPosition;

    /// <summary>commitIndex: the highest entry known decided. Never falls, never passes the last entry.</summary>
    public LogIndex Commit { get; private set; }

    LogIndex ICoreLog.Base => Base.Index;

    LogIndex ICoreLog.Last => Last.Index;

    LogIndex ICoreLog.Durable => writes.DurableIndex;

    LogIndex ICoreLog.Proposed => Last.Index;

    ConfigurationInForce ICoreLog.InForce => Configurations.InForce(Commit);

    LogIndex ICoreLog.FirstHeld => Window.First;

    ref readonly Entry ICoreLog.this[LogIndex index] => ref Window[index];

    bool ICoreLog.Holds(LogIndex index) => Window.Holds(index);

    bool ICoreLog.MayBeLoaded(in Entry entry) => TermAt(entry.Index).Epoch == entry.Epoch;

    /// <summary>The term of an entry from the base to the last.</summary>
    public Term TermAt(LogIndex index) => terms.TermAt(index);

    /// <summary>The position of an entry from the base to the last.</summary>
    public LogPosition PositionAt(LogIndex index) => new(index, terms.TermAt(index));

    /// <summary>Begins from a checkpoint, or from nothing.</summary>
    public void Begin(SnapshotInfo snapshot)
    {
        checkpoint = new LogPosition(snapshot.Index, snapshot.Epoch.Term);
        Restart(checkpoint);
        Configurations.Reset(snapshot.Index, snapshot.Configuration);
        Commit = snapshot.Index;
    }

    /// <summary>
    /// One record that the disk holds, in the order of writing: a later one at the same place replaces what follows it. Records before the
    /// checkpoint are of use too: members that are a little late are caught up from them.
    /// </summary>
    public void Recover(in Entry entry)
    {
        LogPosition position = new(entry.Index, entry.Epoch.Term);
        bool first = Base == checkpoint && Last == checkpoint;
        if (entry.Index <= Base.Index && (first || entry.Index < checkpoint.Index))
        {
            Restart(position); // its own predecessor is gone: it can only stand before the others
            return;
        }

        if (entry.Index > Last.Index.Next)
        {
            Invariant.Check(entry.Index == checkpoint.Index.Next); // a snapshot was installed past the end of the log
            Restart(checkpoint);
        }

        terms.TruncateAfter(entry.Index.Previous);
        Window.TruncateAfter(entry.Index.Previous);
        Configurations.TakeBack(LogIndex.Max(entry.Index.Previous, checkpoint.Index));
        terms.Append(entry.Index, position.Term);
        Window.Append(entry);
        if (entry.Kind == EntryKind.Configuration && entry.Index > checkpoint.Index)
            Configurations.Restore(entry.Index, Configuration.Read(entry.Payload.Span));
        while (Window.Bytes > options.WindowBytesMax && Window.First < Last.Index)
            Window.DropFirst(); // on disk, so it can be loaded
    }

    /// <summary>All records were given. Where they do not lead up to the checkpoint, the checkpoint stands for what it covers.</summary>
    public void Recovered()
    {
        if (Last.Index < checkpoint.Index)
        {
            Restart(checkpoint);
        }
        else if (TermAt(checkpoint.Index) != checkpoint.Term)
        {
            DropUpTo(checkpoint.Index);
            terms.CorrectBase(checkpoint);
        }

        writes.Recovered(Last.Index);
    }

    /// <summary>Figure 2, AppendEntries 2: whether the log holds an entry at that place with that term.</summary>
    public bool Matches(LogPosition position)
    {
        if (position.Index > Last.Index)
            return false;
        if (position.Index < Base.Index)
            return true; // decided and gone: every leader's log agrees there (Leader Completeness, §5.4)
        bool same = TermAt(position.Index) == position.Term;
        Invariant.Check(same || position.Index > Commit); // a decided entry never changes
        return same;
    }

    /// <summary>How many of <paramref name="entries"/>, from the first on, the log holds already.</summary>
    public int CountHeld(ReadOnlySpan<Entry> entries)
    {
        int held = 0;
        while (held < entries.Length && Matches(new LogPosition(entries[held].Index, entries[held].Epoch.Term)))
            held++;
        return held;
    }

    /// <summary>
    /// Where a leader whose log has <paramref name="missing"/> should look next: the last entry here, at or before that place, of no
    /// later term. So a round trip skips a term, not an entry (the end of §5.3).
    /// </summary>
    public LogPosition ConflictHint(LogPosition missing)
    {
        LogIndex hint = terms.LastWithTermAtMost(LogIndex.Min(missing.Index, Last.Index), missing.Term);
        return hint < Base.Index ? new LogPosition(hint, Term.Zero) : PositionAt(hint);
    }

    /// <summary>Appends entries that follow the last one, as one write.</summary>
    public void Append(ReadOnlySpan<Entry> entries)
    {
        int start = output.WriteEntries.Count;
        foreach (ref readonly Entry entry in entries)
            Push(entry);
        writes.IssueAppend(start, Last.Index);
    }

    /// <summary>Appends a leader's own entries, as one write.</summary>
    public void Append(Term term, EntryKind kind, ReadOnlySpan<Payload> payloads)
    {
        int start = output.WriteEntries.Count;
        foreach (ref readonly Payload payload in payloads)
            Push(new Entry(Last.Index.Next, term.Epoch, kind, payload));
        writes.IssueAppend(start, Last.Index);
    }

    /// <summary>Makes every entry after <paramref name="last"/> void. Decided ones never are.</summary>
    public void TruncateAfter(LogIndex last)
    {
        Invariant.Check(last >= Commit);
        terms.TruncateAfter(last);
        Window.TruncateAfter(last);
        writes.TruncatedAfter(last);
        writes.Issue(new LogWrite(default, LogWriteKind.TruncateAfter, Index: last), last);
        Configurations.TruncatedAfter(last, Commit);
    }

    /// <summary>Everything up to <paramref name="index"/> is decided.</summary>
    public void CommitTo(LogIndex index)
    {
        if (index <= Commit)
            return;
        Invariant.Check(index <= Last.Index);
        Commit = index;
        Configurations.CommittedUpTo(index);
    }

    /// <summary>
    /// A snapshot ahead of the commit index takes the place of the log up to its index. What follows stays only where the log holds that
    /// very entry: else it may conflict with what the snapshot holds (Raft §7).
    /// </summary>
    public void Install(SnapshotInfo snapshot)
    {
        Invariant.Check(snapshot.Index > Commit);
        LogPosition position = new(snapshot.Index, snapshot.Epoch.Term);
        bool keeps = position.Index <= Last.Index && TermAt(position.Index) == position.Term;
        bool truncates = !keeps && Last.Index > position.Index;
        Commit = position.Index;
        if (keeps)
            DropUpTo(position.Index);
        else
            ForgetAll(position, snapshot.Configuration);
        writes.Issue(new LogWrite(default, LogWriteKind.Install, Snapshot: snapshot), Last.Index);
        if (truncates)
            writes.Issue(new LogWrite(default, LogWriteKind.TruncateAfter, Index: position.Index), Last.Index);
        if (keeps)
            Configurations.CommittedUpTo(Commit);
        else
            Configurations.Announce(Commit);
    }

    /// <summary>Entries up to <paramref name="upTo"/>, a decided one, leave the log.</summary>
    public void DropUpTo(LogIndex upTo)
    {
        Invariant.Check(upTo <= Commit);
        terms.DropUpTo(upTo);
        Configurations.DroppedUpTo(upTo);
        while (Window.First <= upTo && Window.First < Window.End)
            Window.DropFirst();
        if (Window.First == Window.End)
            Window.Reset(Last.Index);
    }

    /// <summary>Keeps the window within its bound: what is decided and durable can be loaded again.</summary>
    public void BoundWindow()
    {
        if (Window.Bytes <= options.WindowBytesMax)
            return;
        LogIndex evictable = LogIndex.Min(Commit, writes.DurableIndex);
        while (Window.Bytes > options.WindowBytesMax && Window.First <= evictable && Window.First < Last.Index)
            Window.DropFirst();
    }

    /// <summary>Takes over the base of another core's state.</summary>
    public void RestoreTerms(LogPosition position) => Restart(position);

    /// <summary>Takes over the terms of another core's state; the entries from <paramref name="window"/> on follow.</summary>
    public void RestoreRuns(ReadOnlySpan<LogPosition> runs, LogIndex last, LogIndex window)
    {
        terms.Restore(runs, last);
        Window.Reset(window.Previous);
    }

    /// <summary>Takes over the commit index of another core's state.</summary>
    public void RestoreCommit(LogIndex commit) => Commit = commit;

    private void Restart(LogPosition position)
    {
        terms.Reset(position);
        Window.Reset(position.Index);
    }

    private void ForgetAll(LogPosition position, Configuration configuration)
    {
        Restart(position);
        writes.TruncatedAfter(position.Index);
        Configurations.Reset(position.Index, configuration);
    }

    private void Push(in Entry entry)
    {
        terms.Append(entry.Index, entry.Epoch.Term);
        Window.Append(entry);
        output.WriteEntries.Add(entry);
        if (entry.Kind == EntryKind.Configuration)
            Configurations.Appended(entry.Index, Configuration.Read(entry.Payload.Span));
    }
}
