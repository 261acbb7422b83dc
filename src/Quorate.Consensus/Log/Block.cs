namespace Quorate.Consensus;

/// <summary>
/// Pooled bytes that the core's window, the log, the peer links and apply share. Counted with a plain integer: the replica
/// loop alone touches the count; others give their reference back by an event to that loop.
/// </summary>
public sealed class Block
{
    private readonly BlockPool pool;
    private int references;

    internal Block(BlockPool pool, int sizeBytes, bool pinned)
    {
        this.pool = pool;
        Bytes = GC.AllocateUninitializedArray<byte>(sizeBytes, pinned);
    }

    /// <summary>The bytes; written once, by whoever rented the block, before anyone else sees it. Pinned ones never move in memory.</summary>
    public byte[] Bytes { get; }

    /// <summary>How many hold it now; 0 = in the pool.</summary>
    public int References => references;

    /// <summary>Takes <paramref name="count"/> more references.</summary>
    public void Retain(int count = 1)
    {
        Invariant.Check(references > 0);
        references += count;
    }

    /// <summary>Gives <paramref name="count"/> references back; the last one returns the block to its pool.</summary>
    public void Release(int count = 1)
    {
        Invariant.Check(references >= count);
        references -= count;
        if (references == 0)
            pool.Return(this);
    }

    internal void Rented()
    {
        Invariant.Check(references == 0);
        references = 1;
    }
}
