using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>Makes pages out of pages.</summary>
internal sealed unsafe class PageSplitter(NativeHeap heap)
{
    /// <summary>
    /// An inner page with fewer children than this grows instead of being divided, and each part of a divided one has two at least: with keys
    /// of any size the tree stays shallow.
    /// </summary>
    public const int ChildrenMin = 4;

    /// <summary>An empty page.</summary>
    public Page Create(int sizeBytes, bool leaf, long born)
    {
        int size = Math.Max(sizeBytes, Page.StandardBytes);
        return Page.Create(heap.Allocate(size), size, leaf, born);
    }

    /// <summary>Bytes of a page with entries of keys of these lengths.</summary>
    public static int SizeFor(int keyLength, int otherKeyLength) => checked(
        Page.HeaderBytes + (2 * Page.SlotBytes) + PageEntry.SizeOf(keyLength) + PageEntry.SizeOf(otherKeyLength));

    /// <summary>The shortest key that is above all of <paramref name="left"/> and not above any of <paramref name="right"/>.</summary>
    public static ReadOnlySpan<byte> Separator(Page left, Page right)
    {
        ReadOnlySpan<byte> above = right.Entry(0).Key;
        // Between inner pages the key itself is the bound: what lies below it is not in the pages' keys.
        return left.IsLeaf ? above[..(above.CommonPrefixLength(left.Entry(left.Count - 1).Key) + 1)] : above;
    }

    /// <summary>
    /// Divides a full page and a new entry among two. A new last entry gets a page of its own: keys that arrive in order fill pages
    /// to the brim. The left page may be the old one; otherwise the old one is no longer used.
    /// </summary>
    public (Page Left, Page Right) Split(Page page, int index, ReadOnlySpan<byte> key, long a, long b, long c)
    {
        int added = PageEntry.SizeOf(key.Length) + Page.SlotBytes;
        if (page.IsLeaf && index == page.Count)
        {
            Page last = Create(Page.HeaderBytes + added, page.IsLeaf, page.Born);
            last.Append(key, a, b, c, 0);
            last.Finish();
            return (page, last);
        }

        int total = page.Count + 1;
        int least = page.IsLeaf ? 1 : 2;
        int enough = !page.IsLeaf && index == page.Count ? int.MaxValue : (page.UsedBytes + added) / 2;
        int cut = 0;
        int leftBytes = 0;
        while (cut < total - least && (cut < least || leftBytes < enough))
            leftBytes += BytesOf(page, cut++, index, added);
        int rightBytes = page.UsedBytes + added - leftBytes;

        Page left = Create(Page.HeaderBytes + leftBytes, page.IsLeaf, page.Born);
        Page right = Create(Page.HeaderBytes + rightBytes, page.IsLeaf, page.Born);
        for (int i = 0; i < total; i++)
        {
            Page into = i < cut ? left : right;
            if (i == index)
                into.Append(key, a, b, c, 0);
            else
                into.Append(page.Entry(i < index ? i : i - 1));
        }

        left.Finish();
        right.Finish();
        return (left, right);
    }

    /// <summary>A larger page with one more entry.</summary>
    public Page Grow(Page page, int index, ReadOnlySpan<byte> key, long a, long b, long c)
    {
        int added = PageEntry.SizeOf(key.Length) + Page.SlotBytes;
        Page grown = Create(Page.HeaderBytes + page.UsedBytes + added, page.IsLeaf, page.Born);
        for (int i = 0; i <= page.Count; i++)
        {
            if (i == index)
                grown.Append(key, a, b, c, 0);
            else
                grown.Append(page.Entry(i < index ? i : i - 1));
        }

        grown.Finish();
        return grown;
    }

    /// <summary>One page with all that two neighbours hold; <paramref name="separator"/> is the right one's bound.</summary>
    public Page Join(Page left, Page right, ReadOnlySpan<byte> separator, long born)
    {
        bool leaf = left.IsLeaf;
        Invariant.Check(leaf == right.IsLeaf);
        Page joined = Create(Page.StandardBytes, leaf, born);
        for (int i = 0; i < left.Count; i++)
            joined.Append(left.Entry(i));
        for (int i = 0; i < right.Count; i++)
        {
            PageEntry entry = right.Entry(i);
            // Only the parent knows the right page's bound for sure: a tree's first pages have an empty first key.
            if (i == 0 && !leaf)
                joined.Append(separator, entry.A, entry.B, entry.C, entry.D);
            else
                joined.Append(entry);
        }

        joined.Finish();
        return joined;
    }

    private static int BytesOf(Page page, int i, int index, int added)
    {
        if (i == index)
            return added;
        return page.Entry(i < index ? i : i - 1).SizeBytes + Page.SlotBytes;
    }
}
