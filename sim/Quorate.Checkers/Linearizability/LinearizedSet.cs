namespace Quorate.Checkers;

/// <summary>
/// Which operations an order has taken so far. Operations are numbered by time, so the set is a full prefix and a narrow ragged edge: a
/// key holds only that edge.
/// </summary>
internal sealed class LinearizedSet(int operations)
{
    private readonly ulong[] words = new ulong[(operations + 63) / 64 + 1];
    private int fullWords;
    private int endWords;

    public bool Contains(int operation) => (words[operation >> 6] & (1UL << (operation & 63))) != 0;

    public void Add(int operation)
    {
        words[operation >> 6] |= 1UL << (operation & 63);
        endWords = Math.Max(endWords, (operation >> 6) + 1);
        while (words[fullWords] == ulong.MaxValue)
            fullWords++;
    }

    public void Remove(int operation)
    {
        words[operation >> 6] &= ~(1UL << (operation & 63));
        fullWords = Math.Min(fullWords, operation >> 6);
        while (endWords > 0 && words[endWords - 1] == 0)
            endWords--;
    }

    public void Clear()
    {
        Array.Clear(words);
        (fullWords, endWords) = (0, 0);
    }

    /// <summary>The set and another one, together, as a value.</summary>
    public SetKey KeyWith(LinearizedSet other)
    {
        int end = Math.Max(endWords, other.endWords);
        int full = Math.Max(fullWords, other.fullWords);
        while (full < end && (words[full] | other.words[full]) == ulong.MaxValue)
            full++;
        ulong[] edge = new ulong[Math.Max(0, end - full)];
        for (int i = 0; i < edge.Length; i++)
            edge[i] = words[full + i] | other.words[full + i];
        return new SetKey(full, edge);
    }
}

/// <summary>A set of operations as a value.</summary>
/// <param name="fullWords">So many words of 64 are all taken.</param>
/// <param name="edge">The words after them.</param>
internal readonly struct SetKey(int fullWords, ulong[] edge) : IEquatable<SetKey>
{
    private readonly int fullWords = fullWords;
    private readonly ulong[] edge = edge;

    public bool Equals(SetKey other) => fullWords == other.fullWords && edge.AsSpan().SequenceEqual(other.edge);

    public override bool Equals(object? obj) => obj is SetKey other && Equals(other);

    public override int GetHashCode()
    {
        ulong hash = (ulong)fullWords * 0x9E3779B97F4A7C15;
        foreach (ulong word in edge)
            hash = (hash ^ word) * 0xBF58476D1CE4E5B9 ^ (hash >> 29);
        return (int)(hash ^ (hash >> 32));
    }
}
