namespace Quorate.Consensus;

/// <summary>What a member does for the group.</summary>
public enum MemberRole : byte
{
    /// <summary>Counts in quorums, may lead.</summary>
    Voter,

    /// <summary>Receives the log, counts in nothing (Raft thesis §4.2.1; "non-voting replica" in Paxos Made Live).</summary>
    Learner,
}

/// <summary>A member as a configuration entry names it.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Instance">The life of its disk that counts; <see cref="InstanceId.Open"/> until bound.</param>
/// <param name="Role">What it does.</param>
/// <param name="Context">Addresses and names, which cores carry and do not read.</param>
public sealed record Member(NodeId Id, InstanceId Instance, MemberRole Role, ReadOnlyMemory<byte> Context)
{
    /// <summary>Whether what <paramref name="id"/> in <paramref name="instance"/> says is this member speaking.</summary>
    public bool Is(NodeId id, InstanceId instance) => Id == id && (Instance.IsOpen || Instance == instance);

    /// <summary>Equal in all fields, the context byte for byte.</summary>
    public bool Equals(Member? other) =>
        other is not null && Id == other.Id && Instance == other.Instance && Role == other.Role
        && Context.Span.SequenceEqual(other.Context.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => unchecked((int)(Id.Value ^ Instance.Value));
}
