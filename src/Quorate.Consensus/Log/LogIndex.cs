namespace Quorate.Consensus;

/// <summary>A place in the replicated log (Paxos: a slot). The first entry is 1; 0 stands before it.</summary>
/// <param name="Value">0 and up.</param>
public readonly record struct LogIndex(ulong Value) : IComparable<LogIndex>
{
    /// <summary>Before the first entry.</summary>
    public static LogIndex Zero => default;

    /// <summary>The place after this one.</summary>
    public LogIndex Next => new(Value + 1);

    /// <summary>The place before this one.</summary>
    public LogIndex Previous
    {
        get
        {
            Invariant.Check(Value > 0);
            return new(Value - 1);
        }
    }

    /// <summary>The place <paramref name="count"/> further on.</summary>
    public static LogIndex operator +(LogIndex index, long count) => new(checked((ulong)((long)index.Value + count)));

    /// <summary>How many places lie from <paramref name="right"/> to <paramref name="left"/>; negative when it lies behind.</summary>
    public static long operator -(LogIndex left, LogIndex right) => (long)(left.Value - right.Value);

    /// <summary>Order of the log.</summary>
    public static bool operator <(LogIndex left, LogIndex right) => left.Value < right.Value;

    /// <summary>Order of the log.</summary>
    public static bool operator >(LogIndex left, LogIndex right) => left.Value > right.Value;

    /// <summary>Order of the log.</summary>
    public static bool operator <=(LogIndex left, LogIndex right) => left.Value <= right.Value;

    /// <summary>Order of the log.</summary>
    public static bool operator >=(LogIndex left, LogIndex right) => left.Value >= right.Value;

    /// <summary>The earlier of the two.</summary>
    public static LogIndex Min(LogIndex a, LogIndex b) => a < b ? a : b;

    /// <summary>The later of the two.</summary>
    public static LogIndex Max(LogIndex a, LogIndex b) => a > b ? a : b;

    /// <inheritdoc/>
    public int CompareTo(LogIndex other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
