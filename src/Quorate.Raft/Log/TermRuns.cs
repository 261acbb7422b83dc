using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// The term of every entry of the log, as runs: terms only grow along a log, and a term has one run. So the whole log's terms
/// take a few bytes for each election, whatever its length. Owner: <see cref="RaftLog"/>.
/// </summary>
internal sealed class TermRuns
{
    private Run[] runs = new Run[8];
    private int count;

    /// <summary>The position before the first entry: the entry itself is gone, its term is still known.</summary>
    public LogPosition Base { get; private set; }

    /// <summary>The last entry; the base's index when there is none.</summary>
    public LogIndex Last { get; private set; }

    /// <summary>How many runs; for tests and the canonical state.</summary>
    public int Count => count;

    /// <summary>The last entry with its term.</summary>
    public LogPosition LastPosition => count == 0 ? Base : new(Last, runs[count - 1].Term);

    /// <summary>The first entry and the term of run <paramref name="i"/>.</summary>
    public LogPosition this[int i] => new(runs[i].First, runs[i].Term);

    /// <summary>An empty log after <paramref name="position"/>.</summary>
    public void Reset(LogPosition position)
    {
        Base = position;
        Last = position.Index;
        count = 0;
    }

    /// <summary>Takes over another core's state.</summary>
    public void Restore(ReadOnlySpan<LogPosition> firsts, LogIndex last)
    {
        foreach (LogPosition first in firsts)
        {
            Last = first.Index.Previous;
            Append(first.Index, first.Term);
        }

        Last = last;
    }

    /// <summary>The base, whose place stays, has another term: a snapshot's.</summary>
    public void CorrectBase(LogPosition position)
    {
        Invariant.Check(position.Index == Base.Index);
        Base = position;
    }

    /// <summary>The term of an entry from the base to the last.</summary>
    public Term TermAt(LogIndex index)
    {
        Invariant.Check(index >= Base.Index && index <= Last);
        return index == Base.Index ? Base.Term : runs[RunOf(index)].Term;
    }

    /// <summary>The log grows by <paramref name="index"/>.</summary>
    public void Append(LogIndex index, Term term)
    {
        Invariant.Check(index == Last.Next);
        Invariant.Check(term >= LastPosition.Term); // terms only grow along a log
        if (count == 0 || runs[count - 1].Term != term)
        {
            if (count == runs.Length)
                Array.Resize(ref runs, count * 2);
            runs[count++] = new Run(index, term);
        }

        Last = index;
    }

    /// <summary>Entries after <paramref name="last"/> are void.</summary>
    public void TruncateAfter(LogIndex last)
    {
        Invariant.Check(last >= Base.Index && last <= Last);
        while (count > 0 && runs[count - 1].First > last)
            count--;
        Last = last;
    }

    /// <summary>Entries up to <paramref name="upTo"/> are gone; its position becomes the base.</summary>
    public void DropUpTo(LogIndex upTo)
    {
        Invariant.Check(upTo >= Base.Index && upTo <= Last);
        LogPosition position = new(upTo, TermAt(upTo));
        int gone = 0;
        while (gone < count && (gone + 1 < count ? runs[gone + 1].First.Previous : Last) <= upTo)
            gone++;
        Array.Copy(runs, gone, runs, 0, count - gone);
        count -= gone;
        if (count > 0 && runs[0].First <= upTo)
            runs[0] = new Run(upTo.Next, runs[0].Term);
        Base = position;
    }

    /// <summary>
    /// The last entry at or before <paramref name="from"/> whose term is at most <paramref name="term"/>: where two logs may still
    /// agree, given that one of them has <paramref name="term"/> at <paramref name="from"/>. Skips whole terms.
    /// </summary>
    /// <returns>May lie before the base, where this log knows no more.</returns>
    public LogIndex LastWithTermAtMost(LogIndex from, Term term)
    {
        Invariant.Check(from <= Last);
        if (from < Base.Index)
            return from;
        LogIndex end = from;
        for (int i = count - 1; i >= 0; i--)
        {
            if (runs[i].First > end)
                continue;
            if (runs[i].Term <= term)
                return end;
            end = runs[i].First.Previous;
        }

        return Base.Term <= term || Base.Index == LogIndex.Zero ? end : end.Previous;
    }

    private int RunOf(LogIndex index)
    {
        int high = count - 1;
        if (runs[high].First <= index) // nearly always the last run
            return high;
        int low = 0;
        while (low < high)
        {
            int middle = (low + high + 1) / 2;
            if (runs[middle].First <= index)
                low = middle;
            else
                high = middle - 1;
        }

        return low;
    }

    private readonly record struct Run(LogIndex First, Term Term);
}
