namespace Quorate.Consensus;

/// <summary>A Raft term (§5.1): at most one leader each.</summary>
/// <param name="Value">0 before the first election.</param>
public readonly record struct Term(ulong Value) : IComparable<Term>
{
    /// <summary>Before the first election.</summary>
    public static Term Zero => default;

    /// <summary>The term a candidate campaigns in next.</summary>
    public Term Next => new(Value + 1);

    /// <summary>As the log stores it.</summary>
    public Epoch Epoch => new(Value);

    /// <summary>Order of time.</summary>
    public static bool operator <(Term left, Term right) => left.Value < right.Value;

    /// <summary>Order of time.</summary>
    public static bool operator >(Term left, Term right) => left.Value > right.Value;

    /// <summary>Order of time.</summary>
    public static bool operator <=(Term left, Term right) => left.Value <= right.Value;

    /// <summary>Order of time.</summary>
    public static bool operator >=(Term left, Term right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public int CompareTo(Term other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString();
}
