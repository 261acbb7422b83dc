using System.Runtime.Intrinsics.X86;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// The store as one root shows it: immutable, whatever is applied meanwhile. Any thread, inside a pin of that root; the apply
/// thread also has one of the root it is building.
/// </summary>
internal readonly unsafe struct ReadView(nint tree, SegmentTable segments, long revision, long compacted)
{
    /// <summary>The newest revision in it.</summary>
    public long Revision => revision;

    /// <summary>What was compacted: reads below it are refused. -1 before the first compaction.</summary>
    public long Compacted => compacted;

    public Page Tree => new((byte*)tree);

    public Record Read(RecordAddress address) => segments.Read(address);

    /// <summary>The version of a key that was in force at <paramref name="at"/>, if the key existed then.</summary>
    public bool TryGet(ReadOnlySpan<byte> key, long at, out Record record)
    {
        record = default;
        Page page = Tree;
        while (!page.IsLeaf)
            page = new Page((byte*)page.Entry(page.ChildFor(key)).A);
        int index = page.LowerBound(key, out bool found);
        return found && TryResolve(page.Entry(index), at, out record);
    }

    /// <summary>The version in force at <paramref name="at"/> of a leaf's entry, if the key existed then.</summary>
    public bool TryResolve(PageEntry entry, long at, out Record record)
    {
        RecordAddress address = AddressAt(entry, at);
        if (address.Bits <= 0)
        {
            record = default;
            return false;
        }

        record = segments.Read(address);
        return true;
    }

    /// <summary>Has the processor fetch the newest version of an entry that will be read soon: a walk is bound by memory, not by work.</summary>
    public void Prefetch(PageEntry entry)
    {
        if (Sse.IsSupported && entry.B > 0)
            segments.Prefetch(new RecordAddress(entry.B));
    }

    /// <summary>How many keys of the range existed at <paramref name="at"/>. Whole subtrees are not looked into unless something in them is newer.</summary>
    public long Count(in KeyRange range, long at)
    {
        if (range.IsOneKey)
            return TryGet(range.From, at, out _) ? 1 : 0;
        if (!range.IsToTheEnd && range.To.SequenceCompareTo(range.From) <= 0)
            return 0;
        return Count(Tree, range, fromInside: false, toInside: range.IsToTheEnd, at);
    }

    /// <summary>The address in force at <paramref name="at"/>; 0 when there is none, negative when it is a tombstone.</summary>
    private static RecordAddress AddressAt(PageEntry entry, long at)
    {
        if (entry.A <= at)
            return new RecordAddress(entry.B);
        if (entry.D == 0)
            return default;
        var history = new History((nint)entry.C);
        int index = history.NewestAt(at, entry.D);
        return index < 0 ? default : history.Address(index);
    }

    private static long Count(Page page, in KeyRange range, bool fromInside, bool toInside, long at)
    {
        if (page.IsLeaf)
            return CountLeaf(page, range, fromInside, toInside, at);
        int first = fromInside ? 0 : page.ChildFor(range.From);
        int last = toInside ? page.Count - 1 : page.ChildFor(range.To);
        long count = 0;
        for (int i = first; i <= last; i++)
        {
            PageEntry entry = page.Entry(i);
            bool fromEdge = !fromInside && i == first;
            bool toEdge = !toInside && i == last;
            if (!fromEdge && !toEdge && entry.B <= at)
                count += entry.C;
            else
                count += Count(new Page((byte*)entry.A), range, !fromEdge, !toEdge, at);
        }

        return count;
    }

    private static long CountLeaf(Page page, in KeyRange range, bool fromInside, bool toInside, long at)
    {
        int first = fromInside ? 0 : page.LowerBound(range.From, out _);
        int end = toInside ? page.Count : page.LowerBound(range.To, out _);
        long count = 0;
        for (int i = first; i < end; i++)
        {
            if (AddressAt(page.Entry(i), at).Bits > 0)
                count++;
        }

        return count;
    }
}
