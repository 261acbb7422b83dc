namespace Quorate.Consensus;

/// <summary>
/// The number of a log write (append, truncate, hard state, install) within one start of one group. Durability goes by it alone:
/// (index, term) comes back after two overwrites, a write number never does.
/// </summary>
/// <param name="Value">The first write is 1; 0 waits for nothing.</param>
public readonly record struct WriteNumber(ulong Value) : IComparable<WriteNumber>
{
    /// <summary>Before the first write: a message after it may leave at once.</summary>
    public static WriteNumber None => default;

    /// <summary>The number of the write after this one.</summary>
    public WriteNumber Next => new(Value + 1);

    /// <summary>Order of writes.</summary>
    public static bool operator <(WriteNumber left, WriteNumber right) => left.Value < right.Value;

    /// <summary>Order of writes.</summary>
    public static bool operator >(WriteNumber left, WriteNumber right) => left.Value > right.Value;

    /// <summary>Order of writes.</summary>
    public static bool operator <=(WriteNumber left, WriteNumber right) => left.Value <= right.Value;

    /// <summary>Order of writes.</summary>
    public static bool operator >=(WriteNumber left, WriteNumber right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public int CompareTo(WriteNumber other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
