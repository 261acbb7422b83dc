using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// Every version that a root knows, in the order of history: what its compaction made dead is left out, whether or not it
/// has been removed yet. Inside the root's pin.
/// </summary>
internal sealed unsafe class RevisionScan(Root root)
{
    private readonly ReadView view = root.View;
    private int segment;
    private long offset;

    /// <summary>The place in <see cref="Root.Segments"/> of the segment that the last record came from.</summary>
    public int Segment => segment;

    /// <summary>Goes on; false at the end.</summary>
    public bool MoveNext(out Record record)
    {
        while (segment < root.SegmentCount)
        {
            long used = root.UsedBytesOf(segment);
            while (offset < used)
            {
                record = new Record(root.Segments[segment].Start + offset);
                Invariant.Check(record.Main > 0 && record.SizeBytes >= Record.HeaderBytes);
                offset += record.SizeBytes;
                if (IsAlive(record))
                    return true;
            }

            segment++;
            offset = 0;
        }

        record = default;
        return false;
    }

    private bool IsAlive(Record record)
    {
        if (record.Main > root.Compacted)
            return true;
        // A mark by this root's compaction, or an older one, counts; a newer one's does not show here.
        long dead = record.DeadSince;
        if (dead != 0 && dead <= root.Compacted)
            return false;
        if (root.Trimmed == root.Compacted)
            return true;
        // The index still holds what the compaction made dead: only what is in force at it stays, and a delete exactly at it.
        if (record.IsTombstone)
            return record.Main == root.Compacted;
        return view.TryGet(record.Key, root.Compacted, out Record newest) && Record.Compare(newest, record) == 0;
    }
}
