using Quorate.Consensus;

namespace Quorate.Hosting;

/// <summary>A pool whose blocks callers rent on their own threads and the loop gives back.</summary>
internal sealed class LockedBlockPool(long keptBytesMax) : BlockPool(keptBytesMax)
{
    private readonly Lock gate = new();

    /// <inheritdoc/>
    public override Block Rent(int sizeBytes)
    {
        lock (gate)
            return base.Rent(sizeBytes);
    }

    /// <inheritdoc/>
    protected override void Return(Block block)
    {
        lock (gate)
            base.Return(block);
    }
}
