namespace Quorate.Consensus;

/// <summary>What the log stores beside an index and does not read: Raft's term or Paxos's ballot. Ordered as they are.</summary>
/// <param name="Value">128 bits.</param>
public readonly record struct Epoch(UInt128 Value) : IComparable<Epoch>
{
    /// <summary>What counts elections, and never goes back: a term, or a ballot's round (several members may have a ballot of one round).</summary>
    /// <remarks>A term is below 2^64, and a ballot's round is what stands above that.</remarks>
    public ulong Round => Value <= ulong.MaxValue ? (ulong)Value : (ulong)(Value >> 64);

    /// <summary>Before the first term or ballot.</summary>
    public static Epoch Zero => default;

    /// <summary>The Raft term stored here; a ballot stored here breaks an invariant.</summary>
    public Term Term
    {
        get
        {
            Invariant.Check(Value <= ulong.MaxValue);
            return new((ulong)Value);
        }
    }

    /// <summary>Order of time.</summary>
    public static bool operator <(Epoch left, Epoch right) => left.Value < right.Value;

    /// <summary>Order of time.</summary>
    public static bool operator >(Epoch left, Epoch right) => left.Value > right.Value;

    /// <summary>Order of time.</summary>
    public static bool operator <=(Epoch left, Epoch right) => left.Value <= right.Value;

    /// <summary>Order of time.</summary>
    public static bool operator >=(Epoch left, Epoch right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public int CompareTo(Epoch other) => Value.CompareTo(other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value <= ulong.MaxValue ? Value.ToString() : Ballot.Of(this).ToString();
}
