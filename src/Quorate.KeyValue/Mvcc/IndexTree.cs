using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// The copy-on-write B+tree from key to its versions, as the apply thread changes it. Pages of published roots are never touched: the
/// way from the root to a leaf is copied once for each root being built, and what it replaces is retired.
/// </summary>
internal sealed unsafe class IndexTree
{
    private readonly NativeHeap heap;
    private readonly Retirement retirement;
    private readonly TreePath path = new();
    private readonly PageSplitter splitter;
    private Page root;

    public IndexTree(NativeHeap heap, Retirement retirement, long building)
    {
        this.heap = heap;
        this.retirement = retirement;
        Building = building;
        splitter = new PageSplitter(heap);
        root = splitter.Create(Page.StandardBytes, leaf: true, building);
    }

    /// <summary>A tree that was built elsewhere in the same heap.</summary>
    public IndexTree(NativeHeap heap, Retirement retirement, long building, Page built)
    {
        this.heap = heap;
        this.retirement = retirement;
        Building = building;
        splitter = new PageSplitter(heap);
        root = built;
    }

    /// <summary>The root being built.</summary>
    public long Building { get; set; }

    public Page Root => root;

    /// <summary>The root page's address, as published roots hold it.</summary>
    public nint Top => (nint)root.Address;

    /// <summary>Finds a key for the <see cref="Put"/> that follows. False when no version of it is known.</summary>
    /// <param name="key">The key.</param>
    /// <param name="newest">Its newest version, which may be a tombstone.</param>
    public bool Seek(ReadOnlySpan<byte> key, out RecordAddress newest)
    {
        bool found = Descend(key);
        int level = path.Depth - 1;
        newest = found ? new RecordAddress(path.Page(level).Entry(path.Index(level)).B) : default;
        return found;
    }

    /// <summary>Makes <paramref name="address"/> the newest version of the key that <see cref="Seek"/> has just looked for.</summary>
    public void Put(bool found, ReadOnlySpan<byte> key, long main, RecordAddress address)
    {
        Own();
        int level = path.Depth - 1;
        int live = address.IsTombstone ? 0 : 1;
        if (!found)
        {
            Account(main, live);
            Insert(level, path.Index(level), key, main, address.Bits, 0);
            return;
        }

        PageEntry entry = path.Page(level).Entry(path.Index(level));
        Invariant.Check(entry.A <= main);
        Account(main, live - (entry.IsTombstone ? 0 : 1));
        Remember(entry);
        entry.A = main;
        entry.B = address.Bits;
    }

    /// <summary>Takes the versions of a key that a compaction at <paramref name="revision"/> makes dead out of it, and tells <paramref name="values"/>.</summary>
    public void Trim(ReadOnlySpan<byte> key, long revision, ValueLog values)
    {
        Invariant.Check(Descend(key));
        Own();
        int level = path.Depth - 1;
        PageEntry entry = path.Page(level).Entry(path.Index(level));
        int total = entry.D + 1;
        int floor = FloorOf(entry, revision);
        int kept = 0;
        for (int i = 0; i < total; i++)
        {
            if (Keeps(entry, i, floor, revision))
                kept++;
            else
                values.Bury(AddressOf(entry, i), revision);
        }

        if (kept == 0)
        {
            RetireHistory(entry);
            Remove(level, path.Index(level));
            return;
        }

        // The newest version is dead only where nothing is kept.
        Invariant.Check(Keeps(entry, total - 1, floor, revision));
        Rewrite(entry, kept - 1, floor, revision);
    }

    /// <summary>Whether <see cref="Trim"/> would take anything out of a leaf's entry.</summary>
    public static bool NeedsTrim(PageEntry entry, long revision)
    {
        if (entry.D == 0)
            return entry.IsTombstone && entry.A < revision;
        int floor = FloorOf(entry, revision);
        for (int i = 0; i <= floor; i++)
        {
            if (!Keeps(entry, i, floor, revision))
                return true;
        }

        return false;
    }

    /// <summary>A record lies elsewhere now. Both places hold the same, so readers of older roots may see either.</summary>
    public void Move(ReadOnlySpan<byte> key, long main, RecordAddress from, RecordAddress to)
    {
        Invariant.Check(Descend(key));
        int level = path.Depth - 1;
        PageEntry entry = path.Page(level).Entry(path.Index(level));
        if (entry.B == from.Bits)
        {
            Own();
            path.Page(level).Entry(path.Index(level)).B = to.Bits;
            return;
        }

        var history = new History((nint)entry.C);
        int index = entry.D == 0 ? -1 : history.NewestAt(main, entry.D);
        while (index >= 0 && history.Main(index) == main && history.Address(index) != from)
            index--;
        Invariant.Check(index >= 0 && history.Address(index) == from);
        history.SetAddress(index, to);
    }

    public static RecordAddress AddressOf(PageEntry entry, int version) =>
        version == entry.D ? new RecordAddress(entry.B) : new History((nint)entry.C).Address(version);

    public static long MainOf(PageEntry entry, int version) =>
        version == entry.D ? entry.A : new History((nint)entry.C).Main(version);

    /// <summary>The newest version at or below <paramref name="revision"/>; -1 when there is none.</summary>
    public static int FloorOf(PageEntry entry, long revision)
    {
        if (entry.A <= revision)
            return entry.D;
        return entry.D == 0 ? -1 : new History((nint)entry.C).NewestAt(revision, entry.D);
    }

    /// <summary>
    /// What a compaction keeps: all above it; the version in force at it, unless that is a delete; and a delete exactly at it, since who
    /// watches from there must still see it (etcd#19179).
    /// </summary>
    public static bool Keeps(PageEntry entry, int version, int floor, long revision)
    {
        if (version > floor)
            return true;
        bool tombstone = AddressOf(entry, version).IsTombstone;
        return tombstone ? MainOf(entry, version) == revision : version == floor;
    }

    /// <summary>Goes down to the leaf of a key and notes the way; whether the key is there.</summary>
    private bool Descend(ReadOnlySpan<byte> key)
    {
        path.Clear();
        Page page = root;
        while (!page.IsLeaf)
        {
            int child = page.ChildFor(key);
            path.Push(page, child);
            page = new Page((byte*)page.Entry(child).A);
        }

        path.Push(page, page.LowerBound(key, out bool found));
        return found;
    }

    /// <summary>Makes every page of the noted way one that may be changed.</summary>
    private void Own()
    {
        for (int level = 0; level < path.Depth; level++)
        {
            Page page = path.Page(level);
            if (page.Born == Building)
                continue;
            int size = page.SizeBytes;
            byte* copy = heap.Allocate(size);
            Buffer.MemoryCopy(page.Address, copy, size, size);
            var owned = new Page(copy);
            owned.Born = Building;
            retirement.Retire((nint)page.Address, size, page.Born);
            SetPage(level, owned);
        }
    }

    private void SetPage(int level, Page page)
    {
        path.SetPage(level, page);
        if (level == 0)
            root = page;
        else
            path.Page(level - 1).Entry(path.Index(level - 1)).A = (long)page.Address;
    }

    private void Account(long main, int live)
    {
        for (int level = 0; level < path.Depth - 1; level++)
        {
            PageEntry entry = path.Page(level).Entry(path.Index(level));
            entry.B = Math.Max(entry.B, main);
            entry.C += live;
        }
    }

    /// <summary>The newest version of an entry becomes one of the older ones.</summary>
    private void Remember(PageEntry entry)
    {
        var history = new History((nint)entry.C);
        if (entry.C == 0)
        {
            history = History.Create(heap, 1);
        }
        else if (entry.D == history.Capacity)
        {
            History grown = History.Create(heap, entry.D + 1);
            for (int i = 0; i < entry.D; i++)
                grown.Set(i, history.Main(i), history.Address(i));
            RetireHistory(entry);
            history = grown;
        }

        history.Set(entry.D, entry.A, new RecordAddress(entry.B));
        entry.C = history.Block;
        entry.D++;
    }

    /// <summary>Gives an entry a history of the <paramref name="kept"/> older versions that a compaction leaves.</summary>
    private void Rewrite(PageEntry entry, int kept, int floor, long revision)
    {
        if (kept == entry.D)
            return;
        int older = entry.D;
        History history = kept == 0 ? default : History.Create(heap, kept);
        int at = 0;
        for (int i = 0; i < older; i++)
        {
            if (Keeps(entry, i, floor, revision))
                history.Set(at++, MainOf(entry, i), AddressOf(entry, i));
        }

        Invariant.Check(at == kept);
        RetireHistory(entry);
        entry.C = history.Block;
        entry.D = kept;
    }

    private void RetireHistory(PageEntry entry)
    {
        // Blocks grow in place under many roots: which was the first is not known, so it counts as old as any.
        if (entry.C != 0)
            retirement.Retire((nint)entry.C, new History((nint)entry.C).SizeBytes, born: 0);
    }

    private void Insert(int level, int index, ReadOnlySpan<byte> key, long a, long b, long c)
    {
        Page page = path.Page(level);
        if (page.TryInsert(index, key, a, b, c))
            return;
        if (!page.IsLeaf && page.Count < PageSplitter.ChildrenMin)
        {
            Page grown = splitter.Grow(page, index, key, a, b, c);
            heap.Free(page.Address, page.SizeBytes);
            SetPage(level, grown);
            return;
        }

        (Page left, Page right) = splitter.Split(page, index, key, a, b, c);
        if (left.Address != page.Address)
            heap.Free(page.Address, page.SizeBytes);
        (long leftHighest, long leftLive) = left.Totals();
        (long rightHighest, long rightLive) = right.Totals();
        ReadOnlySpan<byte> separator = PageSplitter.Separator(left, right);
        if (level == 0)
        {
            root = splitter.Create(PageSplitter.SizeFor(0, separator.Length), leaf: false, Building);
            root.Append(default, (long)left.Address, leftHighest, leftLive, 0);
            root.Append(separator, (long)right.Address, rightHighest, rightLive, 0);
            root.Finish();
            return;
        }

        PageEntry parent = path.Page(level - 1).Entry(path.Index(level - 1));
        parent.A = (long)left.Address;
        parent.B = leftHighest;
        parent.C = leftLive;
        Insert(level - 1, path.Index(level - 1) + 1, separator, (long)right.Address, rightHighest, rightLive);
    }

    private void Remove(int level, int index)
    {
        Page page = path.Page(level);
        if (index == 0 && !page.IsLeaf && page.Count > 1)
        {
            // The first key stays the page's lower bound: keys below the second one's still come here.
            PageEntry first = page.Entry(0);
            PageEntry second = page.Entry(1);
            (first.A, first.B, first.C) = (second.A, second.B, second.C);
            index = 1;
        }

        page.Remove(index);
        if (level == 0)
        {
            ShrinkRoot();
            return;
        }

        if (page.Count == 0)
        {
            heap.Free(page.Address, page.SizeBytes);
            Remove(level - 1, path.Index(level - 1));
        }
        else if (page.UsedBytes < Page.StandardBytes / 4)
        {
            Merge(level);
        }
    }

    private void ShrinkRoot()
    {
        while (!root.IsLeaf && root.Count <= 1)
        {
            Page old = root;
            root = old.Count == 1
                ? new Page((byte*)old.Entry(0).A)
                : splitter.Create(Page.StandardBytes, leaf: true, Building);
            Drop(old);
        }
    }

    /// <summary>Joins a page that has become sparse with a neighbour under the same parent, where one page holds both.</summary>
    private void Merge(int level)
    {
        Page parent = path.Page(level - 1);
        int index = path.Index(level - 1);
        if (parent.Count == 1)
            return;
        int leftIndex = index + 1 < parent.Count ? index : index - 1;
        var left = new Page((byte*)parent.Entry(leftIndex).A);
        var right = new Page((byte*)parent.Entry(leftIndex + 1).A);
        ReadOnlySpan<byte> separator = parent.Entry(leftIndex + 1).Key;
        if (left.UsedBytes + right.UsedBytes + PageEntry.SizeOf(separator.Length) > Page.StandardBytes * 3 / 4)
            return;

        Page merged = splitter.Join(left, right, separator, Building);
        (long highest, long live) = merged.Totals();
        PageEntry entry = parent.Entry(leftIndex);
        entry.A = (long)merged.Address;
        entry.B = highest;
        entry.C = live;
        Drop(left);
        Drop(right);
        Remove(level - 1, leftIndex + 1);
    }

    private void Drop(Page page)
    {
        if (page.Born == Building)
            heap.Free(page.Address, page.SizeBytes);
        else
            retirement.Retire((nint)page.Address, page.SizeBytes, page.Born);
    }
}
