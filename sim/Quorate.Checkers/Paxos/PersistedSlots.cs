namespace Quorate.Checkers;

/// <summary>
/// One life of an acceptor's disk, as its writes say it must be: what is accepted in each slot, the ballot promised and how far slots are decided,
/// with every write carried out, and with those alone that are claimed durable. After a restart the disk must hold something between the two.
/// </summary>
public sealed class PersistedSlots
{
    private readonly Queue<Pending> pending = new();

    private enum PendingKind : byte
    {
        Accept,
        Promise,
        Install,
    }

    private readonly record struct Pending(ulong Number, PendingKind Kind, LogRecord Record, UInt128 Promise, ulong Decided);

    /// <summary>With every write carried out.</summary>
    public SlotMap Written { get; } = new();

    /// <summary>With those claimed durable.</summary>
    public SlotMap Durable { get; } = new();

    /// <summary>The ballot promised, as last written.</summary>
    public UInt128 WrittenPromise { get; private set; }

    /// <summary>The ballot promised, as is durable: by a promise, or by what was accepted under it.</summary>
    public UInt128 DurablePromise { get; private set; }

    /// <summary>Up to here slots are decided, as was last written with a promise.</summary>
    public ulong WrittenDecided { get; private set; }

    /// <summary>Up to here slots are decided, as is durable: by what was written with a promise, or by an installed snapshot.</summary>
    public ulong DurableDecided { get; private set; }

    /// <summary>Writes not yet claimed durable.</summary>
    public int PendingCount => pending.Count;

    /// <summary>A slot is accepted by write <paramref name="number"/>.</summary>
    public void Accept(ulong number, in LogRecord record, ulong member)
    {
        CheckFailedException.Unless(
            record.Epoch >= WrittenPromise,
            Promise.PersistentMemory,
            $"member {member} accepts slot {record.Index} under ballot {Ballots.Spell(record.Epoch)}, below {Ballots.Spell(WrittenPromise)}, which it has promised");
        WrittenPromise = record.Epoch;
        Written.Set(record);
        pending.Enqueue(new Pending(number, PendingKind.Accept, record, record.Epoch, 0));
    }

    /// <summary>A ballot is promised, and slots up to <paramref name="decided"/> are decided.</summary>
    public void Promised(ulong number, UInt128 ballot, ulong decided, ulong member)
    {
        CheckFailedException.Unless(
            ballot >= WrittenPromise,
            Promise.PersistentMemory,
            $"member {member} promises ballot {Ballots.Spell(ballot)} after {Ballots.Spell(WrittenPromise)}");
        WrittenPromise = ballot;
        WrittenDecided = Math.Max(WrittenDecided, decided);
        pending.Enqueue(new Pending(number, PendingKind.Promise, default, ballot, decided));
    }

    /// <summary>A snapshot of decided slots up to <paramref name="index"/> takes their place; what is accepted above it stays.</summary>
    public void Install(ulong number, ulong index)
    {
        Written.DropUpTo(index);
        pending.Enqueue(new Pending(number, PendingKind.Install, new LogRecord(index, 0, 0), 0, index));
    }

    /// <summary>Writes up to <paramref name="number"/> are claimed durable.</summary>
    public void ClaimDurable(ulong number)
    {
        while (pending.TryPeek(out Pending next) && next.Number <= number)
        {
            pending.Dequeue();
            CarryOut(next, Durable);
            if (next.Promise > DurablePromise)
                DurablePromise = next.Promise;
            DurableDecided = Math.Max(DurableDecided, next.Decided);
        }
    }

    /// <summary>What a restart, or a look at the disk, found: what is claimed durable, or that with some more of the pending writes, in order.</summary>
    /// <param name="found">The slots found above the checkpoint.</param>
    /// <param name="promise">The ballot promised.</param>
    /// <param name="decided">Up to here slots are decided, as is written with the promise.</param>
    /// <param name="member">Whose disk, for the message.</param>
    public void CheckFound(SlotMap found, UInt128 promise, ulong decided, ulong member)
    {
        CheckFailedException.Unless(
            Math.Max(decided, found.Base) >= DurableDecided,
            Promise.PersistentMemory,
            $"the disk of member {member} knows slots up to {Math.Max(decided, found.Base)} decided, but up to {DurableDecided} was durable");
        CheckFailedException.Unless(
            promise >= DurablePromise,
            Promise.PersistentMemory,
            $"the disk of member {member} holds promise {Ballots.Spell(promise)}, but {Ballots.Spell(DurablePromise)} was durable");
        CheckFailedException.Unless(
            promise <= WrittenPromise || WrittenPromise == 0,
            Promise.PersistentMemory,
            $"the disk of member {member} holds promise {Ballots.Spell(promise)}, which was never written");
        CheckFailedException.Unless(
            decided <= WrittenDecided || WrittenPromise == 0,
            Promise.PersistentMemory,
            $"the disk of member {member} knows slots up to {decided} decided, which was never written");
        // What the last start's checkpoint covered is not known here. Should that be gone, the log may hold it still: then only what is above is compared.
        SlotMap above = found;
        if (found.Base < Durable.Base)
            (above = new SlotMap()).CopyFrom(found, Durable.Base);
        var candidate = new SlotMap();
        candidate.CopyFrom(Durable, above.Base);
        if (candidate.Hash == above.Hash)
            return;
        foreach (Pending next in pending)
        {
            CarryOut(next, candidate);
            if (candidate.Hash == above.Hash)
                return;
        }

        throw new CheckFailedException(
            Promise.QuorumDurability,
            $"the disk of member {member} holds slots up to {found.Last}, which are neither its durable ones (up to {Durable.Last}) nor those"
            + $" with any of the {pending.Count} writes after them");
    }

    /// <summary>The disk begins anew from what a restart found.</summary>
    public void Restarted(SlotMap found, UInt128 promise, ulong decided)
    {
        pending.Clear();
        Written.CopyFrom(found, found.Base);
        Durable.CopyFrom(found, found.Base);
        WrittenPromise = DurablePromise = promise;
        WrittenDecided = decided;
        DurableDecided = decided;
    }

    private static void CarryOut(in Pending next, SlotMap slots)
    {
        if (next.Kind == PendingKind.Accept)
            slots.Set(next.Record);
        else if (next.Kind == PendingKind.Install)
            slots.DropUpTo(next.Record.Index);
    }
}
