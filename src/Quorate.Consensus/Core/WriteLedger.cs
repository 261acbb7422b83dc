namespace Quorate.Consensus;

/// <summary>
/// Numbers the log writes and knows what each makes durable. Durability goes by write number alone: an index and a term can come
/// back after two overwrites, so a completion is never matched to entries by them.
/// </summary>
internal sealed class WriteLedger(CoreOutput output)
{
    private LogIndex[] ring = new LogIndex[64]; // of each write that is not durable: the log's last entry once it is done, as far as it still stands
    private int head;
    private int count;

    /// <summary>The last write issued.</summary>
    public WriteNumber Last { get; private set; }

    /// <summary>All writes up to this one are durable.</summary>
    public WriteNumber Durable { get; private set; }

    /// <summary>Of a log that is a prefix: up to here it is durable as it is now. A truncation lowers it.</summary>
    public LogIndex DurableIndex { get; private set; }

    /// <summary>Writes that are not durable; for the canonical state.</summary>
    public int PendingCount => count;

    /// <summary>Of what <see cref="PendingCount"/> counts, oldest first: up to where each makes the log durable.</summary>
    public LogIndex PendingAt(int i) => ring[(head + i) & (ring.Length - 1)];

    /// <summary>What recovery found is durable as it stands.</summary>
    public void Recovered(LogIndex last)
    {
        Invariant.Check(count == 0);
        DurableIndex = last;
    }

    /// <summary>Takes over a state written by another core: writes count from its last durable one.</summary>
    public void Restore(LogIndex durable)
    {
        (head, count, Last, Durable) = (0, 0, WriteNumber.None, WriteNumber.None);
        DurableIndex = durable;
    }

    /// <summary>Puts back a write that was pending in the state taken over.</summary>
    public void RestorePending(LogIndex last) => Push(last);

    /// <summary>Issues a write.</summary>
    /// <param name="write">It, without its number.</param>
    /// <param name="last">Of a log that is a prefix: its last entry once it is done. Of one that may have gaps nothing: what of it is durable goes by numbers.</param>
    public void Issue(in LogWrite write, LogIndex last = default)
    {
        Push(last);
        output.Writes.Add(write with { Number = Last });
    }

    /// <summary>Issues the append of what was added to <see cref="CoreOutput.WriteEntries"/> since they were <paramref name="start"/>, if anything.</summary>
    /// <param name="start">How many they were.</param>
    /// <param name="last">Of a log that is a prefix: its last entry now.</param>
    public void IssueAppend(int start, LogIndex last = default)
    {
        int count = output.WriteEntries.Count - start;
        if (count > 0)
            Issue(new LogWrite(default, LogWriteKind.Append, EntryStart: start, EntryCount: count), last);
    }

    /// <summary>Entries after <paramref name="last"/> are void: no earlier write makes them durable any more.</summary>
    public void TruncatedAfter(LogIndex last)
    {
        DurableIndex = LogIndex.Min(DurableIndex, last);
        for (int i = 0; i < count; i++)
        {
            ref LogIndex pending = ref ring[(head + i) & (ring.Length - 1)];
            pending = LogIndex.Min(pending, last);
        }
    }

    /// <summary>All writes up to <paramref name="upTo"/> are durable.</summary>
    public void DurableUpTo(WriteNumber upTo)
    {
        Invariant.Check(upTo <= Last);
        while (Durable < upTo)
        {
            DurableIndex = ring[head];
            head = (head + 1) & (ring.Length - 1);
            count--;
            Durable = Durable.Next;
        }
    }

    private void Push(LogIndex last)
    {
        if (count == ring.Length)
            Grow();
        Last = Last.Next;
        ring[(head + count++) & (ring.Length - 1)] = last;
    }

    private void Grow()
    {
        var larger = new LogIndex[ring.Length * 2];
        for (int i = 0; i < count; i++)
            larger[i] = ring[(head + i) & (ring.Length - 1)];
        (ring, head) = (larger, 0);
    }
}
