namespace Quorate.KeyValue.Commands;

/// <summary>Keys in their byte order.</summary>
internal sealed class KeyOrder : IComparer<byte[]>
{
    public static readonly KeyOrder Instance = new();

    public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
}

/// <summary>A set of keys, as disjoint intervals in order.</summary>
internal sealed class KeyIntervals
{
    private readonly List<(byte[] From, byte[] To)> intervals = [];

    /// <summary>Adds one key (no end), or [from, to); one that ends before it begins adds nothing.</summary>
    public void Add(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        if (to.IsEmpty)
            Insert(from.ToArray(), [.. from, 0]);
        else if (from.SequenceCompareTo(to) < 0)
            Insert(from.ToArray(), to.ToArray());
    }

    /// <summary>Adds another set.</summary>
    public void Add(KeyIntervals others)
    {
        foreach ((byte[] from, byte[] to) in others.intervals)
            Insert(from, to);
    }

    /// <summary>Whether <paramref name="key"/> is in the set.</summary>
    public bool Covers(ReadOnlySpan<byte> key)
    {
        int after = FirstEndingAfter(key);
        return after < intervals.Count && intervals[after].From.AsSpan().SequenceCompareTo(key) <= 0;
    }

    private void Insert(byte[] from, byte[] to)
    {
        int first = FirstEndingAfter(from);
        int last = first;
        while (last < intervals.Count && intervals[last].From.AsSpan().SequenceCompareTo(to) < 0)
            last++;
        if (last > first)
        {
            from = KeyOrder.Instance.Compare(intervals[first].From, from) < 0 ? intervals[first].From : from;
            to = KeyOrder.Instance.Compare(intervals[last - 1].To, to) > 0 ? intervals[last - 1].To : to;
            intervals.RemoveRange(first, last - first);
        }

        intervals.Insert(first, (from, to));
    }

    /// <summary>The first interval whose end lies after <paramref name="key"/>.</summary>
    private int FirstEndingAfter(ReadOnlySpan<byte> key)
    {
        int low = 0;
        int high = intervals.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (intervals[middle].To.AsSpan().SequenceCompareTo(key) > 0)
                high = middle;
            else
                low = middle + 1;
        }

        return low;
    }
}
