namespace Quorate.Consensus;

/// <summary>Monotonic time as cores see it: a tenth of the heartbeat interval, counted from the host's start.</summary>
/// <param name="Value">0 and up; never goes back.</param>
public readonly record struct Tick(long Value) : IComparable<Tick>
{
    /// <summary>Later than any other: no need to be woken.</summary>
    public static Tick Never => new(long.MaxValue);

    /// <summary>The earlier of the two.</summary>
    public static Tick Min(Tick a, Tick b) => a < b ? a : b;

    /// <summary>The later of the two.</summary>
    public static Tick Max(Tick a, Tick b) => a > b ? a : b;

    /// <summary>The tick <paramref name="ticks"/> later.</summary>
    public static Tick operator +(Tick tick, long ticks) => new(checked(tick.Value + ticks));

    /// <summary>Ticks from <paramref name="right"/> to <paramref name="left"/>.</summary>
    public static long operator -(Tick left, Tick right) => left.Value - right.Value;

    /// <summary>Order of time.</summary>
    public static bool operator <(Tick left, Tick right) => left.Value < right.Value;

    /// <summary>Order of time.</summary>
    public static bool operator >(Tick left, Tick right) => left.Value > right.Value;

    /// <summary>Order of time.</summary>
    public static bool operator <=(Tick left, Tick right) => left.Value <= right.Value;

    /// <summary>Order of time.</summary>
    public static bool operator >=(Tick left, Tick right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public int CompareTo(Tick other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
