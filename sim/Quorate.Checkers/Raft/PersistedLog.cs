namespace Quorate.Checkers;

/// <summary>Term and vote.</summary>
/// <param name="Term">The term.</param>
/// <param name="Vote">Who has the vote in it; 0 = nobody.</param>
public readonly record struct TermAndVote(ulong Term, ulong Vote)
{
    /// <summary>Whether a member whose memory was this may hold <paramref name="later"/>: a vote given is never forgotten or changed.</summary>
    public bool MayBecome(TermAndVote later) =>
        later.Term > Term || (later.Term == Term && (Vote == 0 || Vote == later.Vote));

    /// <inheritdoc/>
    public override string ToString() => Vote == 0 ? $"term {Term}, no vote" : $"term {Term}, vote for {Vote:x}";
}

/// <summary>
/// One life of a member's disk, as its writes say it must be: the log and vote with every write carried out, and with those alone that are
/// claimed durable. After a restart the disk must hold something between the two.
/// </summary>
public sealed class PersistedLog
{
    private readonly Queue<Pending> pending = new();

    private enum PendingKind : byte
    {
        Append,
        Truncate,
        Vote,
        Install,
    }

    private readonly record struct Pending(ulong Number, PendingKind Kind, LogRecord Record, TermAndVote Vote, ulong Chain);

    /// <summary>With every write carried out.</summary>
    public LogChain Written { get; } = new();

    /// <summary>With those claimed durable.</summary>
    public LogChain Durable { get; } = new();

    /// <summary>Term and vote as last written.</summary>
    public TermAndVote WrittenVote { get; private set; }

    /// <summary>Term and vote claimed durable.</summary>
    public TermAndVote DurableVote { get; private set; }

    /// <summary>Writes not yet claimed durable.</summary>
    public int PendingCount => pending.Count;

    /// <summary>An entry is appended by write <paramref name="number"/>.</summary>
    public void Append(ulong number, in LogRecord record)
    {
        Written.Append(record);
        pending.Enqueue(new Pending(number, PendingKind.Append, record, default, 0));
    }

    /// <summary>Entries after <paramref name="index"/> are truncated.</summary>
    public void Truncate(ulong number, ulong index)
    {
        Written.TruncateAfter(index);
        pending.Enqueue(new Pending(number, PendingKind.Truncate, new LogRecord(index, 0, 0), default, 0));
    }

    /// <summary>Term and vote are written.</summary>
    public void Vote(ulong number, TermAndVote vote)
    {
        CheckFailedException.Unless(
            WrittenVote.MayBecome(vote), Promise.PersistentMemory, $"{vote} is written over {WrittenVote}");
        WrittenVote = vote;
        pending.Enqueue(new Pending(number, PendingKind.Vote, default, vote, 0));
    }

    /// <summary>A snapshot of decided entries up to <paramref name="index"/> takes the log's place.</summary>
    public void Install(ulong number, ulong index, ulong chain)
    {
        Written.Install(index, chain);
        pending.Enqueue(new Pending(number, PendingKind.Install, new LogRecord(index, 0, 0), default, chain));
    }

    /// <summary>Writes up to <paramref name="number"/> are claimed durable.</summary>
    public void ClaimDurable(ulong number)
    {
        while (pending.TryPeek(out Pending next) && next.Number <= number)
            CarryOut(pending.Dequeue(), Durable);
    }

    /// <summary>
    /// What a restart, or a look at the disk, found: it must be what is claimed durable, or that with some more of the pending writes, in order.
    /// </summary>
    /// <param name="found">The log found; its chain may begin later than the one here.</param>
    /// <param name="vote">Term and vote found.</param>
    /// <param name="member">Whose disk, for the message.</param>
    public void CheckFound(LogChain found, TermAndVote vote, ulong member)
    {
        CheckVote(vote, member);
        var candidate = new LogChain();
        candidate.CopyFrom(Durable);
        if (Agrees(candidate, found))
            return;
        foreach (Pending next in pending)
        {
            if (next.Kind == PendingKind.Vote)
                continue;
            CarryOutLog(next, candidate);
            if (Agrees(candidate, found))
                return;
        }

        throw new CheckFailedException(
            Promise.QuorumDurability,
            $"the disk of member {member} holds entries up to {found.Last}, which is neither its durable log (up to {Durable.Last}) nor that"
            + $" with any of the {pending.Count} writes after it");
    }

    /// <summary>The disk begins anew from what a restart found.</summary>
    public void Restarted(LogChain found, TermAndVote vote)
    {
        pending.Clear();
        Written.CopyFrom(found);
        Durable.CopyFrom(found);
        WrittenVote = DurableVote = vote;
    }

    private void CheckVote(TermAndVote vote, ulong member)
    {
        if (vote == DurableVote)
            return;
        CheckFailedException.Unless(
            DurableVote.MayBecome(vote), Promise.PersistentMemory, $"the disk of member {member} holds {vote}, but {DurableVote} was durable");
        foreach (Pending next in pending)
        {
            // A newer record in the log raises the term without a vote.
            if (next.Kind == PendingKind.Vote && (next.Vote == vote || (vote.Vote == 0 && next.Vote.Term <= vote.Term)))
                return;
        }

        CheckFailedException.Unless(
            vote.Vote == 0, Promise.PersistentMemory, $"the disk of member {member} holds {vote}, which was never written");
    }

    private static bool Agrees(LogChain candidate, LogChain found) =>
        candidate.Last == found.Last && candidate.LastChain == found.LastChain;

    private void CarryOut(in Pending next, LogChain log)
    {
        if (next.Kind == PendingKind.Vote)
            DurableVote = next.Vote;
        else
            CarryOutLog(next, log);
    }

    private static void CarryOutLog(in Pending next, LogChain log)
    {
        switch (next.Kind)
        {
            case PendingKind.Append:
                log.Append(next.Record);
                break;
            case PendingKind.Truncate:
                log.TruncateAfter(next.Record.Index);
                break;
            case PendingKind.Install:
                log.Install(next.Record.Index, next.Chain);
                break;
            case PendingKind.Vote:
                break;
        }
    }
}
