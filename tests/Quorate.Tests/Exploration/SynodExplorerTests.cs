using Quorate.Consensus;
using Quorate.Simulation.Exploration;
using Xunit;

namespace Quorate.Tests.Exploration;

/// <summary>Every state of the Synod within small bounds. What rules hold these up, the patches synod-*.patch show (./mutants --explore).</summary>
public sealed class SynodExplorerTests
{
    [Fact]
    public void Agreement_and_validity_hold_in_every_state_within_the_small_bounds()
    {
        ExplorationResult result = new SynodExplorer(SynodBounds.Small).Explore();
        Assert.Null(result.Violation);
        Assert.True(result.Complete);
        Assert.Equal(422_739, result.States); // another number means that members take other steps: look at why
        Assert.True(result.StatesWithCommits > 0);
    }

    [Fact]
    public void Nor_do_flexible_quorums_break_them()
    {
        SynodBounds flexible = SynodBounds.Small with { Name = "flexible", Acceptors = 4, BallotsEach = 1, Quorums = new QuorumSizes(3, 2) };
        ExplorationResult result = new SynodExplorer(flexible).Explore();
        Assert.Null(result.Violation);
        Assert.True(result.Complete);
        Assert.True(result.StatesWithCommits > 0);
    }

    [Fact]
    public void Nor_where_who_proposes_votes_too()
    {
        ExplorationResult result = new SynodExplorer(SynodBounds.Own).Explore();
        Assert.Null(result.Violation);
        Assert.True(result.Complete);
        Assert.Equal(992_152, result.States); // another number means that members take other steps: look at why
        Assert.True(result.StatesWithCommits > 0);
    }

    [Fact]
    public void The_same_bounds_give_the_same_numbers()
    {
        SynodBounds least = SynodBounds.Small with { Name = "least", BallotsEach = 1 };
        ExplorationResult one = new SynodExplorer(least).Explore();
        ExplorationResult other = new SynodExplorer(least).Explore();
        Assert.Equal((one.States, one.Transitions, one.Script), (other.States, other.Transitions, other.Script));
    }
}
