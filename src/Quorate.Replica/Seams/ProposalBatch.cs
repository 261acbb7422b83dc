using System.Runtime.InteropServices;
using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>One command of a local caller, as it goes into the log: its <see cref="Origin"/>, then its bytes.</summary>
/// <param name="Number">The origin's number.</param>
/// <param name="Payload">Origin and command. No reference of its own: the loop takes one.</param>
public readonly record struct Proposal(ulong Number, Payload Payload);

/// <summary>
/// Gathers commands of local callers, written once, one after the other, into shared blocks: so that a batch is sent in few long
/// stretches, and a small command does not keep a large block alive alone. Not thread-safe: a host guards it, the loop borrows it
/// for a step. While a block is being filled the batch holds a reference to it, which the loop gives back when it is full.
/// </summary>
public sealed class ProposalBatch
{
    /// <summary>Bytes of a block that many commands share. Larger commands get one of their own.</summary>
    public const int BlockBytes = 64 << 10;

    private readonly BlockPool pool;
    private readonly InstanceId instance;
    private readonly uint startCount;
    private readonly List<Proposal> proposals = [];
    private readonly List<Block> full = [];
    private Block? filling;
    private int filled;

    /// <summary>Gathers for this instance, in this start of it.</summary>
    /// <param name="pool">Where blocks come from; called by whoever adds.</param>
    /// <param name="instance">This life of the data directory.</param>
    /// <param name="startCount">How often it had been started.</param>
    public ProposalBatch(BlockPool pool, InstanceId instance, uint startCount)
    {
        this.pool = pool;
        this.instance = instance;
        this.startCount = startCount;
    }

    /// <summary>How many commands are in it.</summary>
    public int Count => proposals.Count;

    internal ReadOnlySpan<Proposal> Proposals => CollectionsMarshal.AsSpan(proposals);

    internal ReadOnlySpan<Block> FullBlocks => CollectionsMarshal.AsSpan(full);

    /// <summary>Makes room for a command; the caller writes all of it before anything else is done with the batch, then calls <see cref="Add(ulong, int)"/>.</summary>
    public Span<byte> Room(int commandBytes)
    {
        int size = Origin.SizeBytes + commandBytes;
        if (filling is null || filling.Bytes.Length - filled < size)
        {
            if (filling is not null)
                full.Add(filling);
            filling = pool.Rent(Math.Max(size, BlockBytes));
            filled = 0;
        }

        return filling.Bytes.AsSpan(filled + Origin.SizeBytes, commandBytes);
    }

    /// <summary>Adds the command written into <see cref="Room"/>. Numbers grow by one, from 1, over all batches of a start.</summary>
    public void Add(ulong number, int commandBytes)
    {
        Invariant.Check(filling is not null);
        int size = Origin.SizeBytes + commandBytes;
        Span<byte> whole = filling.Bytes.AsSpan(filled, size);
        new Origin(instance, startCount, number).Write(whole);
        proposals.Add(new Proposal(number, new Payload(filling, filled, size, Crc32C.Of(whole))));
        filled += size;
    }

    /// <summary>Adds a command.</summary>
    public void Add(ulong number, ReadOnlySpan<byte> command)
    {
        command.CopyTo(Room(command.Length));
        Add(number, command.Length);
    }

    /// <summary>
    /// Moves what was gathered into <paramref name="other"/>, which must be empty: the one who adds goes on here, the loop takes that. The block
    /// being filled stays here.
    /// </summary>
    public void MoveTo(ProposalBatch other)
    {
        Invariant.Check(other.proposals.Count == 0 && other.full.Count == 0);
        other.proposals.AddRange(proposals);
        other.full.AddRange(full);
        Clear();
    }

    /// <summary>Forgets what the loop has taken; the block being filled stays.</summary>
    public void Clear()
    {
        proposals.Clear();
        full.Clear();
    }
}
