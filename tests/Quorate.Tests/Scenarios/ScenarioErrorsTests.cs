using Quorate.Simulation.Scenarios;
using Xunit;

namespace Quorate.Tests.Scenarios;

/// <summary>A scenario that cannot be played is refused in words.</summary>
public sealed class ScenarioErrorsTests
{
    [Theory]
    [InlineData("> members a b", "'a' is no member")]
    [InlineData("> members 0", "'0' is no member")]
    [InlineData("> members 1 +", "'+' is no member")]
    [InlineData("> members 1 1 2", "member 1 is named twice")]
    [InlineData("> members", "no members are named")]
    [InlineData("> members 1 2\n> start\n> members 3", "the first members are named once")]
    public void Members_are_named_once_by_number(string lines, string cause)
    {
        ScenarioFailedException refused = Assert.Throws<ScenarioFailedException>(() => ScenarioPlayer.Play(ScenarioFile.Parse("wrong", $"# Wrong\n\n{lines}\n"), "raft"));
        Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
    }
}
