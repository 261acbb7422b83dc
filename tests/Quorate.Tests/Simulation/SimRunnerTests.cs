using Quorate.Cli.Sim;
using Quorate.Simulation;
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
        var settings = new SimSettings { Seeds = 1, FirstSeed = 1, Size = 1, Hours = 1.0 / 6 };
        Assert.Equal(0, new SimRunner(settings, SeedRun.Run, TextWriter.Null, TextWriter.Null, console).Run());
        Assert.Contains("0 violations", screen.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("raft", "")]
    [InlineData("multipaxos", " --consensus multipaxos")]
    public void A_violation_is_reported_with_what_replays_it_and_the_shortest_run(string engine, string option)
    {
        string directory = Directory.CreateTempSubdirectory("quorate-violation").FullName;
        try
        {
            using var output = new StringWriter();
            using var error = new StringWriter();
            var settings = new SimSettings { Seeds = 3, FirstSeed = 6, Consensus = engine, Size = 3, Hours = 1.0 / 6, Output = directory };
            Assert.Equal(1, new SimRunner(settings, BreaksByThreeAndFive, output, error).Run());

            Assert.Contains("seed 7 breaks a promise: Linearizability: as planned", error.ToString(), StringComparison.Ordinal);
            Assert.Contains("3 seeds, ", error.ToString(), StringComparison.Ordinal);
            Assert.Contains("1 violations", error.ToString(), StringComparison.Ordinal);
            string file = Path.Combine(directory, $"violation-{engine}-7");
            Assert.Equal(
                [
                    "seed 7: Linearizability: as planned",
                    $"  replay:   ./quorate sim --seeds 1 --first-seed 7{option} --size 3",
                    $"  shortest: ./quorate sim --seeds 1 --first-seed 7{option} --size 3 --only 3,5   (2 faults)",
                    $"  text:     {file}.txt",
                    $"  diagram:  {file}.html",
                ],
                output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)[^5..]);
            string[] text = File.ReadAllLines($"{file}.txt");
            Assert.Equal("seed 7: Linearizability: as planned", text[0]);
            Assert.StartsWith("fault 3: ", text[1], StringComparison.Ordinal);
            Assert.StartsWith("fault 5: ", text[2], StringComparison.Ordinal);
            Assert.Contains("as planned", File.ReadAllText($"{file}.html"), StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void Hashes_come_a_line_each_in_the_order_of_seeds()
    {
        using var output = new StringWriter();
        var settings = new SimSettings { Seeds = 3, FirstSeed = 9, Hours = 1.0 / 6, PrintHashes = true, Threads = 3 };
        Assert.Equal(0, new SimRunner(settings, o => Unbroken(o, o.Seed * 0xABC), output, TextWriter.Null).Run());
        Assert.Equal(["9 000000000000609c", "10 0000000000006b58", "11 0000000000007614"], output.ToString().Split(Environment.NewLine)[..^1]);
    }

    // The product breaks nothing: seed 7 is said to, as long as its faults 3 and 5 both happen.
    private static SeedResult BreaksByThreeAndFive(SeedOptions options)
    {
        SeedResult kept = options.Record ? SeedRun.Run(options) : Unbroken(options, hash: 0);
        bool breaks = options.Seed == 7 && kept.Plan.Count(f => f.Number is 3 or 5) == 2;
        return kept with { Violation = breaks ? new Violation("Linearizability", "as planned", "") : null };
    }

    private static SeedResult Unbroken(SeedOptions options, ulong hash) => new()
    {
        Seed = options.Seed,
        TraceHash = hash,
        SimulatedNanoseconds = options.FaultNanoseconds,
        Plan = [.. FaultPlan.Draw(new Streams(options.Seed), options.FaultNanoseconds, []).Where(f => options.Only?.Contains(f.Number) ?? true)],
        Faults = new FaultTable(),
    };
}
