namespace Quorate.Consensus;

/// <summary>
/// Hands decided entries out in order, without a gap (Raft Figure 2: <c>lastApplied</c>), no more than the state machine can take.
/// An entry may be applied once decided, even before it is durable here.
/// </summary>
internal sealed class ApplyFeed(CoreOptions options, CoreOutput output, ICoreLog log, LoadTickets tickets)
{
    private ulong ticket;

    /// <summary>The load it waits for; 0 = none.</summary>
    public ulong Ticket => ticket;

    /// <summary>The last entry handed out. Never past the commit index.</summary>
    public LogIndex HandedOut { get; private set; }

    /// <summary>The last entry that the state machine has applied.</summary>
    public LogIndex Applied { get; private set; }

    /// <summary>
    /// The state machine holds the effect of everything up to <paramref name="index"/>, by a checkpoint or a snapshot. What was handed out by the same
    /// output, and so was not carried out yet, is covered by it.
    /// </summary>
    public void Restored(LogIndex index)
    {
        Invariant.Check(HandedOut <= index);
        output.Decided.Clear();
        HandedOut = index;
        Applied = index;
        ticket = 0;
    }

    /// <summary>Takes over another core's state.</summary>
    public void Restore(LogIndex handedOut, LogIndex applied, ulong load) => (HandedOut, Applied, ticket) = (handedOut, applied, load);

    /// <summary>The state machine has applied everything up to <paramref name="upTo"/>.</summary>
    public void AppliedUpTo(LogIndex upTo)
    {
        Invariant.Check(upTo <= HandedOut);
        Applied = LogIndex.Max(Applied, upTo);
    }

    /// <summary>Hands out what can be.</summary>
    public void Pump()
    {
        LogIndex limit = LogIndex.Min(log.Commit, Applied + options.ApplyEntriesMax);
        if (HandedOut >= limit || ticket != 0)
            return;
        while (HandedOut < limit && log.Holds(HandedOut.Next))
            HandOut(log[HandedOut.Next]);
        if (HandedOut < limit)
        {
            // Only what the window no longer holds: what it holds may not have reached the disk, which then still shows what it replaces.
            LogIndex to = LogIndex.Min(limit, log.FirstHeld.Previous);
            ticket = tickets.Next();
            output.Loads.Add(new LoadRequest(ticket, HandedOut.Next, to, options.MessageBytesMax));
        }
    }

    /// <summary>Entries were loaded.</summary>
    /// <returns>Whether it was this feed that had asked.</returns>
    public bool Loaded(ulong loaded, ReadOnlySpan<Entry> entries)
    {
        if (loaded != ticket)
            return false;
        ticket = 0;
        Invariant.Check(entries.Length > 0 && entries[0].Index == HandedOut.Next);
        foreach (ref readonly Entry entry in entries)
        {
            Invariant.Check(log.MayBeLoaded(entry)); // what the disk has is what was decided
            HandOut(entry);
        }

        return true;
    }

    /// <summary>Whether it was this feed that asked for <paramref name="missing"/>: decided and not applied entries can never be missing.</summary>
    public bool Awaits(ulong missing) => missing == ticket;

    private void HandOut(in Entry entry)
    {
        Invariant.Check(entry.Index == HandedOut.Next && entry.Index <= log.Commit);
        output.Decided.Add(entry);
        HandedOut = entry.Index;
    }
}
