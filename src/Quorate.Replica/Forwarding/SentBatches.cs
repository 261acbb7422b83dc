using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>Local proposals that went to a leader together.</summary>
/// <param name="Sequence">Grows by one with each batch of a start, and is never used again.</param>
/// <param name="Leader">To whom; this member itself, too.</param>
/// <param name="Epoch">In whose term or ballot.</param>
/// <param name="First">Its first proposal.</param>
/// <param name="Last">Its last one.</param>
internal readonly record struct SentBatch(ulong Sequence, NodeId Leader, Epoch Epoch, ulong First, ulong Last);

/// <summary>The batches whose fate is not known yet, in the order sent. Owner: the loop.</summary>
internal sealed class SentBatches
{
    private readonly List<SentBatch> batches = [];

    /// <summary>The sequence used last.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>The batches, oldest first.</summary>
    public ReadOnlySpan<SentBatch> All => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(batches);

    /// <summary>A sequence of its own for the next batch.</summary>
    public ulong NextSequence() => ++LastSequence;

    public void Add(in SentBatch batch) => batches.Add(batch);

    /// <summary>The batch of that sequence, taken out.</summary>
    public bool TryRemove(ulong sequence, out SentBatch batch)
    {
        for (int i = 0; i < batches.Count; i++)
        {
            batch = batches[i];
            if (batch.Sequence == sequence)
            {
                batches.RemoveAt(i);
                return true;
            }
        }

        batch = default;
        return false;
    }

    /// <summary>Takes the oldest ones out.</summary>
    public void RemoveFirst(int count) => batches.RemoveRange(0, count);
}
