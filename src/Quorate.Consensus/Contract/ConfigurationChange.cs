namespace Quorate.Consensus;

/// <summary>What to do with one member.</summary>
public enum ChangeKind : byte
{
    /// <summary>
    /// Add it, in the role it is given. Whoever adds a voter outright answers for it that no earlier life under its number runs on; a learner that is
    /// promoted later needs no such word (docs/ARCHITECTURE.md, "Identity").
    /// </summary>
    Add,

    /// <summary>Make a learner a voter.</summary>
    Promote,

    /// <summary>Take it out.</summary>
    Remove,

    /// <summary>Replace its context (addresses, name).</summary>
    Update,

    /// <summary>The member's disk was lost: a new instance takes the old one's place, as a learner. See <see cref="MemberChange.Replaces"/>.</summary>
    Replace,

    /// <summary>
    /// As <see cref="Promote"/>; but a replica whose core refuses it as <see cref="Refusal.NotCaughtUp"/> keeps it and asks again with each step, as long as
    /// its caller waits.
    /// </summary>
    PromoteOnceCaughtUp,
}

/// <summary>One step of a membership change.</summary>
/// <param name="Kind">What to do.</param>
/// <param name="Member">With whom; only the fields that the kind needs are read.</param>
/// <param name="Replaces">
/// <see cref="ChangeKind.Replace"/>: the instance whose place is taken; open: whichever is there. Named, a request that comes late or twice takes no place from
/// an instance that came after it.
/// </param>
public sealed record MemberChange(ChangeKind Kind, Member Member, InstanceId Replaces = default);

/// <summary>A membership change: its steps take effect together, by joint consensus where quorums change by more than one.</summary>
/// <param name="RequestId">Comes back in <see cref="ChangeOutcome"/>.</param>
/// <param name="Steps">At least one; a member stands in one step.</param>
public sealed record ConfigurationChange(ulong RequestId, IReadOnlyList<MemberChange> Steps);

/// <summary>How a change that was taken ended, at the member that took it.</summary>
/// <param name="RequestId">From the change.</param>
/// <param name="Refusal"><see cref="Refusal.None"/>: the final configuration is committed. Else: lost with the leadership, outcome unknown.</param>
public readonly record struct ChangeOutcome(ulong RequestId, Refusal Refusal);
