using Quorate.Cli.Sim;
using Spectre.Console;
using Xunit;

namespace Quorate.Tests.Simulation;

/// <summary>What <c>quorate sim</c> shows on a terminal.</summary>
public sealed class SimRunnerTests
{
    [Fact]
    public void On_a_terminal_a_bar_shows_how_far_it_is()
    {
        using var screen = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes, Interactive = InteractionSupport.Yes, Out = new AnsiConsoleOutput(screen),
        });
        var totals = new SimTotals();
        SimRunner.RunWithBar(new SimSettings { Seeds = 1, FirstSeed = 1, Size = 1, Hours = 1.0 / 6 }, totals, console);
        Assert.Equal(1, totals.Seeds);
        Assert.Contains("0 violations", screen.ToString(), StringComparison.Ordinal);
    }
}
