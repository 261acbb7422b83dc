using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Xunit.Runner.InProc.SystemConsole;

namespace Quorate.Torture;

/// <summary>
/// Tortures real members: <c>--rounds 20 --seconds 60 --seed 1</c>. Without such options it is a test program like the others.
/// </summary>
internal static class Program
{
    private static Task<int> Main(string[] arguments) =>
        arguments.Any(a => a.StartsWith("--", StringComparison.Ordinal))
            ? Command().Parse(arguments).InvokeAsync()
            : ConsoleRunner.Run(arguments);

    private static RootCommand Command()
    {
        var usual = new RoundSettings();
        var rounds = new Option<int>("--rounds") { Description = "So many rounds, each on a cluster of its own.", DefaultValueFactory = _ => 20 };
        var seconds = new Option<int>("--seconds") { Description = "How long a round lasts.", DefaultValueFactory = _ => (int)usual.Duration.TotalSeconds };
        var seed = new Option<int>("--seed") { Description = "Of the first round; the next has the next.", DefaultValueFactory = _ => usual.Seed };
        var output = new Option<string>("--output") { Description = "Where histories of failed rounds are kept.", DefaultValueFactory = _ => usual.Output };
        rounds.Validators.Add(result => Expect(result, result.GetValueOrDefault<int>() >= 1, "--rounds must be at least 1"));
        seconds.Validators.Add(result => Expect(result, result.GetValueOrDefault<int>() >= 1, "--seconds must be at least 1"));
        var command = new RootCommand("Three members, faults between and to them, clients; then the question whether what these saw is linearizable.")
        {
            rounds, seconds, seed, output,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            parsed.GetValue(rounds),
            usual with
            {
                Duration = TimeSpan.FromSeconds(parsed.GetValue(seconds)),
                Seed = parsed.GetValue(seed),
                Output = parsed.GetValue(output)!,
            },
            cancellation));
        return command;
    }

    private static void Expect(SymbolResult result, bool holds, string complaint)
    {
        if (!holds)
            result.AddError(complaint);
    }

    private static async Task<int> RunAsync(int rounds, RoundSettings first, CancellationToken cancellation)
    {
        int bad = 0;
        for (int i = 0; i < rounds; i++)
        {
            RoundSettings settings = first with { Seed = first.Seed + i };
            var took = Stopwatch.StartNew();
            RoundResult result = await new TortureRound(settings).RunAsync(cancellation);
            bad += result.IsGood ? 0 : 1;
            Console.WriteLine($"round {i + 1} of {rounds}, seed {settings.Seed}, {took.Elapsed.TotalSeconds:f0} s: {result}");
            foreach (string finding in result.Findings)
                Console.WriteLine($"  FOUND: {finding}");
        }

        Console.WriteLine($"{rounds - bad} rounds without a finding, {bad} with");
        return bad == 0 ? 0 : 1;
    }
}
