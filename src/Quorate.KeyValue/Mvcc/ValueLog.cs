using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// The versions themselves, in segments, in the order of history: appended, never changed. The seam below the index: it hands out
/// addresses, and <see cref="SegmentTable"/> turns them into records, wherever the segments lie. Owner: the apply thread.
/// </summary>
internal sealed unsafe class ValueLog : IDisposable
{
    private readonly int segmentBytes;
    private readonly bool poisonFreed;
    private readonly Retirement retirement;
    private readonly Stack<int> freeIds = new();
    private readonly List<Segment> quarantine = [];
    private Segment[] order = new Segment[4];
    private Segment[] byId = new Segment[4];
    private int nextId = 1;

    public ValueLog(int segmentBytes, bool poisonFreed, Retirement retirement)
    {
        Invariant.Check(segmentBytes >= 4096);
        this.segmentBytes = segmentBytes;
        this.poisonFreed = poisonFreed;
        this.retirement = retirement;
    }

    public SegmentTable Table { get; } = new();

    /// <summary>Bytes that a segment holds, but for one that holds a single larger record.</summary>
    public int SegmentBytes => segmentBytes;

    /// <summary>Segments in the order of history. Only places past <see cref="Count"/> are ever written: roots share it.</summary>
    public Segment[] Order => order;

    public int Count { get; private set; }

    /// <summary>Bytes of records, dead ones included.</summary>
    public long SizeBytes { get; private set; }

    /// <summary>Bytes of dead records.</summary>
    public long DeadBytes { get; private set; }

    /// <summary>Adds a version; it is newer than all others.</summary>
    public Record Append(in Draft draft, out RecordAddress address)
    {
        long size = Record.SizeOf(draft.Key.Length, draft.Value.Length);
        Segment segment = SegmentFor(size);
        Record record = Record.Write(segment.Start + segment.UsedBytes, draft);
        address = new RecordAddress(segment.Id, segment.UsedBytes, draft.IsTombstone);
        segment.UsedBytes += size;
        SizeBytes += size;
        return record;
    }

    /// <summary>A version is out of the index.</summary>
    public void Bury(RecordAddress address, long compaction)
    {
        Record record = Table.Read(address);
        Invariant.Check(record.DeadSince == 0);
        record.DeadSince = compaction;
        byId[address.Segment].DeadBytes += record.SizeBytes;
        DeadBytes += record.SizeBytes;
    }

    /// <summary>A segment of its own, not yet among the others.</summary>
    public Segment Create(long sizeBytes)
    {
        int id = freeIds.TryPop(out int used) ? used : nextId++;
        var segment = new Segment(id, sizeBytes);
        Table.Set(id, segment.Start);
        if (id >= byId.Length)
            Array.Resize(ref byId, byId.Length * 2);
        byId[id] = segment;
        return segment;
    }

    /// <summary>Puts <paramref name="with"/> in the place of <paramref name="count"/> segments from <paramref name="first"/> on, and retires those.</summary>
    public void Replace(int first, int count, Segment? with)
    {
        int added = with is null ? 0 : 1;
        var changed = new Segment[order.Length];
        Array.Copy(order, changed, first);
        if (with is not null)
            changed[first] = with;
        Array.Copy(order, first + count, changed, first + added, Count - first - count);
        for (int i = first; i < first + count; i++)
        {
            SizeBytes -= order[i].UsedBytes;
            DeadBytes -= order[i].DeadBytes;
            retirement.Retire(new Retired(this, order[i]));
        }

        SizeBytes += with?.UsedBytes ?? 0;
        DeadBytes += with?.DeadBytes ?? 0;
        order = changed;
        Count += added - count;
    }

    public void Dispose()
    {
        for (int i = 0; i < Count; i++)
            order[i].Dispose();
        foreach (Segment segment in quarantine)
            segment.Dispose();
    }

    private Segment SegmentFor(long size)
    {
        if (Count > 0 && order[Count - 1].Fits(size))
            return order[Count - 1];
        Segment segment = Create(Math.Max(size, segmentBytes));
        if (Count == order.Length)
            Array.Resize(ref order, Count * 2);
        order[Count++] = segment;
        return segment;
    }

    private void Free(Segment segment)
    {
        freeIds.Push(segment.Id);
        if (!poisonFreed)
        {
            segment.Dispose();
            return;
        }

        // Kept, so that who still reads it meets poison and not another's memory.
        new Span<byte>(segment.Start, checked((int)segment.CapacityBytes)).Fill(NativeHeap.Poison);
        quarantine.Add(segment);
    }

    private sealed class Retired(ValueLog log, Segment segment) : IDisposable
    {
        public void Dispose() => log.Free(segment);
    }
}
