namespace Quorate.KeyValue.Mvcc;

/// <summary>The keys a request speaks of.</summary>
internal readonly ref struct KeyRange
{
    private KeyRange(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, bool isOneKey, bool isToTheEnd)
    {
        From = from;
        To = to;
        IsOneKey = isOneKey;
        IsToTheEnd = isToTheEnd;
    }

    /// <summary>Every key.</summary>
    public static KeyRange All => new(default, default, isOneKey: false, isToTheEnd: true);

    /// <summary>The first key.</summary>
    public ReadOnlySpan<byte> From { get; }

    /// <summary>The first key after it, unless it is one key or goes to the end.</summary>
    public ReadOnlySpan<byte> To { get; }

    public bool IsOneKey { get; }

    public bool IsToTheEnd { get; }

    /// <summary>As requests spell it: no end = one key; <c>\0</c> = to the end.</summary>
    public static KeyRange Of(ReadOnlySpan<byte> key, ReadOnlySpan<byte> rangeEnd) =>
        new(key, rangeEnd, rangeEnd.IsEmpty, rangeEnd is [0]);

    /// <summary>Whether <paramref name="key"/> is in it.</summary>
    public bool Contains(ReadOnlySpan<byte> key) => IsOneKey
        ? key.SequenceEqual(From)
        : key.SequenceCompareTo(From) >= 0 && (IsToTheEnd || key.SequenceCompareTo(To) < 0);
}
