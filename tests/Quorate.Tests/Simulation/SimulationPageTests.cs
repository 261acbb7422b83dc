using System.Text.RegularExpressions;
using Quorate.Cli.Sim;
using Quorate.Tests.Scenarios;
using Xunit;

namespace Quorate.Tests.Simulation;

/// <summary><c>docs/simulation.md</c> tells of every class of faults.</summary>
public sealed partial class SimulationPageTests
{
    [Fact]
    public void The_page_has_a_row_for_each_class_of_faults()
    {
        string page = File.ReadAllText(Path.Combine(ScenarioTests.Root, "docs", "simulation.md"));
        string[] rows = [.. Rows().Matches(page).Select(m => m.Groups["name"].Value)];
        Assert.Equal(FaultNames.All, rows);
        Assert.Contains($"[{rows.Length} classes of faults]", page, StringComparison.Ordinal);
    }

    [GeneratedRegex("^\\| `(?<name>[a-z-]+)` \\|", RegexOptions.Multiline)]
    private static partial Regex Rows();
}
