namespace Quorate.Consensus;

/// <summary>A Paxos ballot: totally ordered by round, then by proposer, so that no two proposers share one.</summary>
/// <param name="Round">Raised above every round seen.</param>
/// <param name="Proposer">Who may propose in it.</param>
public readonly record struct Ballot(ulong Round, NodeId Proposer) : IComparable<Ballot>
{
    /// <summary>Below every ballot that a proposer uses.</summary>
    public static Ballot Zero => default;

    /// <summary>As the log stores it; keeps the order.</summary>
    public Epoch Epoch => new(new UInt128(Round, Proposer.Value));

    /// <summary>The ballot that the log stored as <paramref name="epoch"/>.</summary>
    public static Ballot Of(Epoch epoch) => new((ulong)(epoch.Value >> 64), new NodeId((ulong)epoch.Value));

    /// <summary>Order of ballots.</summary>
    public static bool operator <(Ballot left, Ballot right) => left.CompareTo(right) < 0;

    /// <summary>Order of ballots.</summary>
    public static bool operator >(Ballot left, Ballot right) => left.CompareTo(right) > 0;

    /// <summary>Order of ballots.</summary>
    public static bool operator <=(Ballot left, Ballot right) => left.CompareTo(right) <= 0;

    /// <summary>Order of ballots.</summary>
    public static bool operator >=(Ballot left, Ballot right) => left.CompareTo(right) >= 0;

    /// <inheritdoc/>
    public int CompareTo(Ballot other) => Round != other.Round ? Round.CompareTo(other.Round) : Proposer.CompareTo(other.Proposer);

    /// <inheritdoc/>
    public override string ToString() => $"{Round}.{Proposer}";
}
