using Quorate.Consensus;
using Xunit;

namespace Quorate.Tests.Consensus;

/// <summary>Every quorum of phase 1 meets every quorum of phase 2, whatever the number of voters becomes.</summary>
public sealed class QuorumSizesTests
{
    [Fact]
    public void Majorities_are_the_default()
    {
        Assert.Equal(QuorumSizes.Majority, new CoreOptions().Quorums);
        Assert.Equal([1, 2, 2, 3, 3, 4, 4], Enumerable.Range(1, 7).Select(QuorumSizes.Majority.Phase1Of));
        Assert.Equal([1, 2, 2, 3, 3, 4, 4], Enumerable.Range(1, 7).Select(QuorumSizes.Majority.Phase2Of));
        QuorumSizes.Majority.ExpectFor(1);
    }

    [Fact]
    public void Quorums_meet_whatever_sizes_were_chosen_and_however_many_voters_there_are()
    {
        for (int phase1 = 1; phase1 <= 8; phase1++)
        {
            for (int phase2 = 1; phase2 <= 8; phase2++)
            {
                var sizes = new QuorumSizes(phase1, phase2);
                for (int voters = 1; voters <= 9; voters++)
                {
                    Assert.InRange(sizes.Phase1Of(voters), 1, voters);
                    Assert.InRange(sizes.Phase2Of(voters), 1, voters);
                    Assert.True(sizes.Phase1Of(voters) + sizes.Phase2Of(voters) > voters);
                }
            }
        }
    }

    [Fact]
    public void Sizes_that_fit_are_taken_as_they_are()
    {
        var sizes = new QuorumSizes(4, 2);
        sizes.ExpectFor(5);
        Assert.Equal((4, 2), (sizes.Phase1Of(5), sizes.Phase2Of(5)));
        Assert.Equal((6, 2), (sizes.Phase1Of(7), sizes.Phase2Of(7))); // two voters were added
        Assert.Equal((2, 2), (sizes.Phase1Of(3), sizes.Phase2Of(3))); // two were removed
    }

    [Fact]
    public void Phase_1_asks_all_voters_only_where_phase_2_is_one_of_them()
    {
        Assert.Equal(3, new QuorumSizes(4, 2).Phase1Of(4)); // of five one has left
        Assert.Equal(2, new QuorumSizes(3, 3).Phase1Of(3));
        Assert.Equal(4, new QuorumSizes(4, 1).Phase1Of(4));
    }

    [Theory]
    [InlineData(2, 3, 5, "need not meet among 5 voters")]
    [InlineData(1, 1, 3, "must add up to at least 4")]
    [InlineData(4, 1, 3, "there are only 3 voters")]
    public void Sizes_that_do_not_fit_are_refused(int phase1, int phase2, int voters, string says)
    {
        QuorumSizesException refused = Assert.Throws<QuorumSizesException>(() => new QuorumSizes(phase1, phase2).ExpectFor(voters));
        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_quorum_has_a_voter() => Assert.Throws<QuorumSizesException>(() => new QuorumSizes(0, 3));
}
