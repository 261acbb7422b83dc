using Quorate.Consensus;

namespace Quorate.KeyValue.Mvcc;

/// <summary>The way from the root to a leaf: each page with the entry taken in it.</summary>
internal sealed unsafe class TreePath
{
    private readonly nint[] pages = new nint[Cursor.DepthMax];
    private readonly int[] indexes = new int[Cursor.DepthMax];

    public int Depth { get; private set; }

    public void Clear() => Depth = 0;

    public void Push(Page page, int index)
    {
        Invariant.Check(Depth < Cursor.DepthMax);
        pages[Depth] = (nint)page.Address;
        indexes[Depth] = index;
        Depth++;
    }

    public void Pop() => Depth--;

    public Page Page(int level) => new((byte*)pages[level]);

    public void SetPage(int level, Page page) => pages[level] = (nint)page.Address;

    public int Index(int level) => indexes[level];
}
