namespace Quorate.Consensus;

/// <summary>
/// How many voters each phase of Paxos needs. Only a quorum of phase 1 and one of phase 2 must meet (Howard, Malkhi, Spiegelman 2016,
/// "Flexible Paxos"): a smaller phase 2 makes every decision cheaper and a change of leader dearer. The same on every member, for all
/// of a cluster's life. The default is a majority for both.
/// </summary>
public readonly record struct QuorumSizes
{
    /// <summary>Sizes of a cluster's own choosing.</summary>
    /// <param name="phase1">Voters whose promises make a leader; 1 and up.</param>
    /// <param name="phase2">Voters whose acceptances make a decision; 1 and up.</param>
    /// <exception cref="QuorumSizesException">One is below 1.</exception>
    public QuorumSizes(int phase1, int phase2)
    {
        if (phase1 < 1 || phase2 < 1)
            throw new QuorumSizesException($"quorums of {phase1} for phase 1 and {phase2} for phase 2: each needs at least one voter");
        (Phase1, Phase2) = (phase1, phase2);
    }

    /// <summary>A majority for both phases, whatever the number of voters.</summary>
    public static QuorumSizes Majority => default;

    /// <summary>Voters that phase 1 was given; 0 for <see cref="Majority"/>.</summary>
    public int Phase1 { get; }

    /// <summary>Voters that phase 2 was given; 0 for <see cref="Majority"/>.</summary>
    public int Phase2 { get; }

    /// <summary>True for <see cref="Majority"/>.</summary>
    public bool IsMajority => Phase2 == 0;

    /// <summary>Voters whose acceptances decide, among so many; 1 and up.</summary>
    public int Phase2Of(int voters) => IsMajority ? (voters / 2) + 1 : Math.Clamp(Phase2, 1, Math.Max(voters, 1));

    /// <summary>
    /// Voters whose promises make a leader, among so many: as many as were chosen, or as many as every quorum of phase 2 must meet where a
    /// membership change has brought more voters; but not all of them where all but one would do, so that one that is away keeps nobody from leading.
    /// </summary>
    public int Phase1Of(int voters)
    {
        if (IsMajority)
            return (voters / 2) + 1;
        int meeting = voters - Phase2Of(voters) + 1;
        return Math.Max(Math.Min(Phase1, voters - 1), meeting);
    }

    /// <summary>Refuses sizes that do not fit a first configuration.</summary>
    /// <param name="voters">How many it has; 1 and up.</param>
    /// <exception cref="QuorumSizesException">Two quorums need not meet, or one is larger than all voters together.</exception>
    public void ExpectFor(int voters)
    {
        if (IsMajority)
            return;
        if (Phase1 > voters || Phase2 > voters)
            throw new QuorumSizesException($"{this}: there are only {voters} voters");
        if (Phase1 + Phase2 <= voters)
        {
            throw new QuorumSizesException(
                $"{this} need not meet among {voters} voters, so two values could be decided: the two sizes must add up to at least {voters + 1}");
        }
    }

    /// <summary>In words: <c>quorums of 4 for phase 1 and 2 for phase 2</c>.</summary>
    public override string ToString() => IsMajority ? "majorities" : $"quorums of {Phase1} for phase 1 and {Phase2} for phase 2";
}

/// <summary>Sizes that make no quorums; the message is one line for the operator.</summary>
public sealed class QuorumSizesException(string message) : Exception(message);
