namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// What newer roots no longer use waits here until no reader can see it: a page of the roots from its birth up to the one that retired it
/// is freed once none of those is pinned, though an older one may be. So a long read holds back what it reads, not all that
/// changes meanwhile. Owner: the apply thread.
/// </summary>
internal sealed unsafe class Retirement(NativeHeap heap)
{
    private readonly List<Item> fresh = [];
    private readonly List<Blocked> blocked = [];

    /// <summary>The root being built: the first that does without what is retired now.</summary>
    public long Building { get; set; }

    /// <summary>Things that wait.</summary>
    public int Waiting
    {
        get
        {
            int waiting = fresh.Count;
            foreach (Blocked by in blocked)
                waiting += by.Items.Count;
            return waiting;
        }
    }

    /// <summary>A block of the heap that the root being built no longer uses; roots from <paramref name="born"/> on do.</summary>
    public void Retire(nint block, int sizeBytes, long born) => fresh.Add(new Item(block, sizeBytes, null, born, Building));

    /// <summary>A whole segment that the root being built no longer uses.</summary>
    public void Retire(IDisposable segment) => fresh.Add(new Item(0, 0, segment, 0, Building));

    /// <summary>Frees what no pinned root uses. The root of <see cref="Building"/> was published, and <paramref name="pinned"/> collected after it.</summary>
    public void Free(List<long> pinned)
    {
        for (int i = blocked.Count - 1; i >= 0; i--)
        {
            Blocked by = blocked[i];
            if (pinned.BinarySearch(by.Pin) >= 0)
                continue;
            blocked.RemoveAt(i);
            foreach (Item item in by.Items)
                FreeOrBlock(item, pinned);
        }

        foreach (Item item in fresh)
            FreeOrBlock(item, pinned);
        fresh.Clear();
    }

    private void FreeOrBlock(Item item, List<long> pinned)
    {
        int at = pinned.BinarySearch(item.Born);
        at = at < 0 ? ~at : at;
        if (at < pinned.Count && pinned[at] < item.Retired)
            BlockedBy(pinned[at]).Items.Add(item);
        else if (item.Segment is not null)
            item.Segment.Dispose();
        else
            heap.Free((byte*)item.Block, item.SizeBytes);
    }

    private Blocked BlockedBy(long pin)
    {
        foreach (Blocked by in blocked)
        {
            if (by.Pin == pin)
                return by;
        }

        var added = new Blocked(pin, []);
        blocked.Add(added);
        return added;
    }

    private readonly record struct Item(nint Block, int SizeBytes, IDisposable? Segment, long Born, long Retired);

    private sealed record Blocked(long Pin, List<Item> Items);
}
