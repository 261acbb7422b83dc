using System.Runtime.CompilerServices;
using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>Walks the leaf entries of a range in key order, under one root. Lives as long as the view's pin.</summary>
internal unsafe ref struct Cursor
{
    /// <summary>Levels at most; 50 entries a page make 6 levels of more keys than memory holds, only huge keys make more.</summary>
    public const int DepthMax = 40;

    private readonly KeyRange range;
    private Levels levels;
    private int depth;
    private Page leaf;
    private int index;
    private int end;
    private bool bounded;

    /// <summary>Stands before the first entry of the range.</summary>
    public Cursor(Page tree, in KeyRange range)
    {
        this.range = range;
        bounded = !range.IsToTheEnd;
        if (range.IsOneKey || (bounded && range.To.SequenceCompareTo(range.From) <= 0))
        {
            // One key is a lookup, not a walk; an empty range has no entries.
            Invariant.Check(!range.IsOneKey);
            return;
        }

        Page page = tree;
        while (!page.IsLeaf)
        {
            int child = page.ChildFor(range.From);
            Push(page, child);
            page = new Page((byte*)page.Entry(child).A);
        }

        Enter(page, page.LowerBound(range.From, out _));
    }

    /// <summary>The entry at hand.</summary>
    public readonly PageEntry Current => leaf.Entry(index);

    /// <summary>The entry that comes some steps later in the same leaf, to fetch what it names ahead of time; false where there is none.</summary>
    public readonly bool TryPeek(int steps, out PageEntry entry)
    {
        int ahead = index + steps;
        entry = ahead < end ? leaf.Entry(ahead) : default;
        return ahead < end;
    }

    /// <summary>Goes on; false at the end.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool MoveNext() => ++index < end || NextLeaf();

    private bool NextLeaf()
    {
        while (index >= end)
        {
            // A leaf that was cut by the range's end is the last one.
            if (leaf.Address == null || end < leaf.Count || !NextPage(out Page page))
            {
                end = 0;
                index = 0;
                leaf = default;
                return false;
            }

            Enter(page, 0);
            index++;
        }

        return true;
    }

    private bool NextPage(out Page page)
    {
        page = default;
        while (depth > 0)
        {
            ref Level level = ref levels[depth - 1];
            var inner = new Page((byte*)level.Page);
            if (++level.Index >= inner.Count)
            {
                depth--;
                continue;
            }

            page = new Page((byte*)inner.Entry(level.Index).A);
            while (!page.IsLeaf)
            {
                Push(page, 0);
                page = new Page((byte*)page.Entry(0).A);
            }

            return true;
        }

        return false;
    }

    private void Enter(Page page, int first)
    {
        leaf = page;
        index = first - 1;
        int count = page.Count;
        end = !bounded || (count > 0 && page.Entry(count - 1).Key.SequenceCompareTo(range.To) < 0)
            ? count
            : page.LowerBound(range.To, out _);
    }

    private void Push(Page page, int child)
    {
        Invariant.Check(depth < DepthMax);
        levels[depth++] = new Level { Page = (nint)page.Address, Index = child };
    }

    private struct Level
    {
        public nint Page;
        public int Index;
    }

    [InlineArray(DepthMax)]
    private struct Levels
    {
        private Level first;
    }
}
