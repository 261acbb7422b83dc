namespace Quorate.Consensus;

/// <summary>
/// Blocks by power-of-two size, kept for reuse. Owner: the replica loop; one pool a loop, no locks. A host whose callers fill blocks on
/// their own threads derives one that guards <see cref="Rent"/> and <see cref="Return"/>; the counts of a block stay the loop's alone.
/// </summary>
public class BlockPool
{
    private const int SmallestShift = 8; // 256 B
    private const int LargestShift = 26; // 64 MiB: above any frame

    private readonly Stack<Block>[] free = new Stack<Block>[LargestShift - SmallestShift + 1];
    private readonly long keptBytesMax;
    private readonly bool pinned;
    private long keptBytes;

    /// <summary>Makes an empty pool.</summary>
    /// <param name="keptBytesMax">Bytes kept for reuse at most; what comes back above it is left to the collector.</param>
    /// <param name="pinned">Whether blocks stay where they are in memory: gathered writes hand the kernel many at once, and pinning each for the call
    /// costs more than its bytes do. Where no kernel writes them, blocks that may move cost the collector less.</param>
    public BlockPool(long keptBytesMax = 64 << 20, bool pinned = true)
    {
        (this.keptBytesMax, this.pinned) = (keptBytesMax, pinned);
        for (int i = 0; i < free.Length; i++)
            free[i] = new Stack<Block>();
    }

    /// <summary>A block of at least <paramref name="sizeBytes"/>, with one reference, contents undefined.</summary>
    public virtual Block Rent(int sizeBytes)
    {
        int shift = Shift(sizeBytes);
        Block block;
        if (free[shift - SmallestShift].TryPop(out Block? kept))
        {
            keptBytes -= 1L << shift;
            block = kept;
        }
        else
        {
            block = new Block(this, 1 << shift, pinned);
        }

        block.Rented();
        return block;
    }

    /// <summary>Takes back a block that nobody holds any more. Called by <see cref="Block.Release"/>.</summary>
    protected internal virtual void Return(Block block)
    {
        if (keptBytes + block.Bytes.Length > keptBytesMax)
            return;
        keptBytes += block.Bytes.Length;
        free[Shift(block.Bytes.Length) - SmallestShift].Push(block);
    }

    private static int Shift(int sizeBytes)
    {
        Invariant.Check(sizeBytes is >= 0 and <= 1 << LargestShift);
        int shift = sizeBytes <= 1 ? 0 : 32 - System.Numerics.BitOperations.LeadingZeroCount((uint)(sizeBytes - 1));
        return Math.Max(shift, SmallestShift);
    }
}
