namespace Quorate.Consensus;

/// <summary>A member's number, unique in its cluster for all time. 0 names nobody.</summary>
/// <param name="Value">1 and up; etcd's member id where the server runs.</param>
public readonly record struct NodeId(ulong Value) : IComparable<NodeId>
{
    /// <summary>Nobody: no leader known, no vote given.</summary>
    public static NodeId None => default;

    /// <summary>True for <see cref="None"/>.</summary>
    public bool IsNone => Value == 0;

    /// <inheritdoc/>
    public int CompareTo(NodeId other) => Value.CompareTo(other.Value);

    /// <summary>etcd's spelling: lower-case hex without leading zeros.</summary>
    public override string ToString() => Value.ToString("x");
}
