using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>Builds an index from keys in order, from the leaves up, each page full. Its pages count as older than any root.</summary>
internal sealed unsafe class TreeBuilder(NativeHeap heap)
{
    private readonly PageSplitter pages = new(heap);
    private readonly List<Level> levels = [new Level(isLeaf: true)];

    /// <summary>The next key, above all before it.</summary>
    public void Append(ReadOnlySpan<byte> key, long a, long b, long c, int d) => Append(0, key, a, b, c, d);

    /// <summary>The root page.</summary>
    public Page Complete()
    {
        for (int i = 0; i < levels.Count - 1; i++)
            Close(i);
        Page root = levels[^1].HasOpen ? levels[^1].Open : pages.Create(Page.StandardBytes, leaf: true, born: 0);
        root.Finish();
        return root;
    }

    private void Append(int index, ReadOnlySpan<byte> key, long a, long b, long c, int d)
    {
        Level level = levels[index];
        if (level.HasOpen && !level.Open.HasRoomFor(key.Length))
        {
            if (!level.IsLeaf && level.Open.Count < PageSplitter.ChildrenMin)
            {
                Page small = level.Open;
                level.Open = pages.Grow(small, small.Count, key, a, b, c);
                heap.Free(small.Address, small.SizeBytes);
                return;
            }

            Close(index);
        }

        if (!level.HasOpen)
        {
            level.Open = pages.Create(PageSplitter.SizeFor(key.Length, 0), level.IsLeaf, born: 0);
            level.HasOpen = true;
        }

        level.Open.Append(key, a, b, c, d);
    }

    /// <summary>A page is full, or the last: it goes under one a level up.</summary>
    private void Close(int index)
    {
        Level level = levels[index];
        Invariant.Check(level.HasOpen);
        Page page = level.Open;
        page.Finish();
        (long highest, long live) = page.Totals();
        if (index + 1 == levels.Count)
            levels.Add(new Level(isLeaf: false));
        ReadOnlySpan<byte> bound = level.HasLast ? PageSplitter.Separator(level.Last, page) : default;
        Append(index + 1, bound, (long)page.Address, highest, live, 0);
        level.Last = page;
        level.HasLast = true;
        level.HasOpen = false;
    }

    private sealed class Level(bool isLeaf)
    {
        public bool IsLeaf => isLeaf;

        public Page Open { get; set; }

        public bool HasOpen { get; set; }

        public Page Last { get; set; }

        public bool HasLast { get; set; }
    }
}
