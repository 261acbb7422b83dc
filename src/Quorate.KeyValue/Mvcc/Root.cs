using Quorate.KeyValue.Commands;

namespace Quorate.KeyValue.Mvcc;

/// <summary>A state of the store that readers can see: immutable. Everything native that it names lives while it is pinned, or the newest.</summary>
internal sealed class Root
{
    /// <summary>Grows by one with each root published; the first is 1.</summary>
    public required long Number { get; init; }

    /// <summary>Where it lives.</summary>
    public required Space Space { get; init; }

    /// <summary>The index's top page.</summary>
    public required nint Tree { get; init; }

    /// <summary>The newest revision.</summary>
    public required long Revision { get; init; }

    /// <summary>What was compacted; -1 before the first compaction.</summary>
    public required long Compacted { get; init; }

    /// <summary>Up to which compaction all that is dead is out of the index.</summary>
    public required long Trimmed { get; init; }

    /// <summary>Up to which compaction the room of what is dead was won back.</summary>
    public required long Finished { get; init; }

    /// <summary>Keys alive.</summary>
    public required long Keys { get; init; }

    /// <summary>Segments in the order of history; a longer array may be shared with newer roots.</summary>
    public required Segment[] Segments { get; init; }

    /// <summary>How many of <see cref="Segments"/> count.</summary>
    public required int SegmentCount { get; init; }

    /// <summary>Bytes that count of the last segment.</summary>
    public required long LastUsedBytes { get; init; }

    /// <summary>Bytes of records, dead ones included.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Bytes of records that are not dead.</summary>
    public required long InUseBytes { get; init; }

    /// <summary>The active alarms.</summary>
    public required AlarmSet Alarms { get; init; }

    /// <summary>A running hash of all that was ever written.</summary>
    public required ulong HistoryHash { get; init; }

    public ReadView View => new(Tree, Space.Table, Revision, Compacted);

    /// <summary>Bytes of a segment that this root covers.</summary>
    public long UsedBytesOf(int segment) => segment == SegmentCount - 1 ? LastUsedBytes : Segments[segment].UsedBytes;
}

/// <summary>The native memory of one life of the store: a restored snapshot brings a new one. Owner: the apply thread.</summary>
internal sealed class Space : IDisposable
{
    public Space(int segmentBytes, bool poisonFreed, long building)
    {
        Heap = new NativeHeap(poisonFreed);
        Retirement = new Retirement(Heap) { Building = building };
        Values = new ValueLog(segmentBytes, poisonFreed, Retirement);
        Tree = new IndexTree(Heap, Retirement, building);
    }

    public NativeHeap Heap { get; }

    public Retirement Retirement { get; }

    public ValueLog Values { get; }

    public IndexTree Tree { get; set; }

    public SegmentTable Table => Values.Table;

    /// <summary>The number of the root being built.</summary>
    public long Building
    {
        get => Retirement.Building;
        set
        {
            Retirement.Building = value;
            Tree.Building = value;
        }
    }

    public void Dispose()
    {
        Heap.Dispose();
        Values.Dispose();
    }
}
