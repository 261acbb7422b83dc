using Quorate.Consensus;

namespace Quorate.Storage.Records;

/// <summary>
/// Where each surviving entry of a group lies. Dense, 8 bytes an entry, because a slot may be overwritten, and filled out of
/// order, so that neither a sparse index nor reading on from a neighbour would find the version that counts.
/// </summary>
internal sealed class IndexTable
{
    private const int ChunkBits = 12;
    private const int ChunkEntries = 1 << ChunkBits;

    private readonly Dictionary<ulong, long[]> chunks = [];
    private readonly Stack<long[]> free = new();
    private ulong first = 1; // nothing lies below
    private ulong last; // nothing lies above

    /// <summary>The highest entry; zero when there is none.</summary>
    public LogIndex Last => new(last);

    /// <summary>The log offset of entry <paramref name="index"/>; 0 when the log does not hold it.</summary>
    public long Find(LogIndex index)
    {
        if (index.Value < first || index.Value > last)
            return 0;
        return chunks.TryGetValue(index.Value >> ChunkBits, out long[]? chunk) ? chunk[index.Value & (ChunkEntries - 1)] : 0;
    }

    /// <summary>Entry <paramref name="index"/> now lies at <paramref name="offset"/>.</summary>
    public void Set(LogIndex index, long offset)
    {
        Invariant.Check(index.Value > 0 && offset > 0);
        if (index.Value < first)
            return; // dropped already
        ulong key = index.Value >> ChunkBits;
        if (!chunks.TryGetValue(key, out long[]? chunk))
        {
            if (!free.TryPop(out chunk))
                chunk = new long[ChunkEntries];
            chunks.Add(key, chunk);
        }

        chunk[index.Value & (ChunkEntries - 1)] = offset;
        last = Math.Max(last, index.Value);
    }

    /// <summary>Forgets every entry after <paramref name="index"/>.</summary>
    public void TruncateAfter(LogIndex index)
    {
        if (index.Value >= last)
            return;
        Clear(Math.Max(index.Value + 1, first), last);
        last = index.Value;
    }

    /// <summary>Forgets every entry up to <paramref name="index"/>, for good.</summary>
    public void Drop(LogIndex index)
    {
        if (index.Value < first)
            return;
        Clear(first, Math.Min(index.Value, last));
        first = index.Value + 1;
    }

    /// <summary>Forgets the entries up to <paramref name="index"/>; later ones of those places may still come.</summary>
    public void Void(LogIndex index)
    {
        Clear(first, Math.Min(index.Value, last));
        if (index.Value >= last)
            last = 0;
    }

    private void Clear(ulong from, ulong to)
    {
        for (ulong start = from; start <= to;)
        {
            ulong key = start >> ChunkBits;
            ulong end = Math.Min(to, (key << ChunkBits) + ChunkEntries - 1);
            if (chunks.TryGetValue(key, out long[]? chunk))
            {
                chunk.AsSpan((int)(start & (ChunkEntries - 1)), (int)(end - start) + 1).Clear();
                if (end - start == ChunkEntries - 1)
                {
                    chunks.Remove(key);
                    free.Push(chunk);
                }
            }

            start = end + 1;
        }
    }
}
