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
    [InlineData("> members 1 2\n> quietly campaign 1\n> deliver #x", "'#x' is no number of a message")]
    public void Of_cores(string lines, string cause) => Refuses("raft", lines, cause);

    [Theory]
    [InlineData("> members 1 x", "'x' is no member")]
    [InlineData("> members 1 1", "a member is named twice")]
    [InlineData("> members 1\n> members 2", "the members are named once")]
    [InlineData("> members 1\n> propose 2 a", "there is no member 2")]
    [InlineData("> members 1\n> 2 must know a", "there is no member 2")]
    public void Of_the_Synod(string lines, string cause) => Refuses("synod", lines, cause);

    private static void Refuses(string engine, string lines, string cause)
    {
        ScenarioFailedException refused =
            Assert.Throws<ScenarioFailedException>(() => ScenarioPlayer.Play(ScenarioFile.Parse("wrong", $"# Wrong\n\n{lines}\n"), engine));
        Assert.Contains(cause, refused.Message, StringComparison.Ordinal);
    }
}
