
namespace Quorate.KeyValue.Mvcc;

/// <summary>Walks every leaf entry of one root in key order, and can rest in between. Inside the root's pin.</summary>
internal sealed unsafe class TreeWalk
{
    private readonly TreePath path = new();
    private readonly int[] next = new int[Cursor.DepthMax];
    private Page leaf;
    private int index = -1;

    public TreeWalk(Page tree) => Down(tree);

    /// <summary>The entry at hand.</summary>
    public PageEntry Current => leaf.Entry(index);

    /// <summary>Goes on; false at the end.</summary>
    public bool MoveNext()
    {
        while (++index >= leaf.Count)
        {
            if (!NextLeaf())
            {
                index = leaf.Count;
                return false;
            }
        }

        return true;
    }

    private bool NextLeaf()
    {
        while (path.Depth > 0)
        {
            int level = path.Depth - 1;
            Page page = path.Page(level);
            if (next[level] < page.Count)
            {
                Down(new Page((byte*)page.Entry(next[level]++).A));
                return true;
            }

            path.Pop();
        }

        return false;
    }

    private void Down(Page page)
    {
        while (!page.IsLeaf)
        {
            path.Push(page, 0);
            next[path.Depth - 1] = 1;
            page = new Page((byte*)page.Entry(0).A);
        }

        leaf = page;
        index = -1;
    }
}
