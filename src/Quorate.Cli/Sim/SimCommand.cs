using System.CommandLine;
using System.Runtime;
using Quorate.Simulation;
using Spectre.Console;

namespace Quorate.Cli.Sim;

/// <summary><c>quorate sim</c>: runs clusters in a simulated world, seed by seed, and looks for broken promises.</summary>
internal static class SimCommand
{
    private const double TenMinutes = 1.0 / 6; // in hours
    private const int SeedsMax = 10_000_000;
    private const int Unusable = 2; // the command line; 1: a promise was broken

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var seeds = new Option<int>("--seeds") { Description = "How many seeds to run.", DefaultValueFactory = _ => 100 };
        seeds.Validators.Add(result => Expect(result, result.GetValueOrDefault<int>() is >= 1 and <= SeedsMax, $"--seeds must be between 1 and {SeedsMax}"));
        var first = new Option<ulong>("--first-seed") { Description = "The first seed; the others follow it.", DefaultValueFactory = _ => 1UL };
        var consensus = new Option<string>("--consensus") { Description = "The protocol.", DefaultValueFactory = _ => "raft" };
        consensus.AcceptOnlyFromAmong([.. Engines.Names]);
        var size = new Option<int>("--size") { Description = "Members at the start, 1 to 7; 0: each seed has its own.", DefaultValueFactory = _ => 0 };
        size.Validators.Add(result => Expect(result, result.GetValueOrDefault<int>() is >= 0 and <= 7, "--size must be between 0 and 7"));
        var hours = new Option<double?>("--hours") { Description = "Simulated hours of faults in each seed, before the heal. [default: 10 minutes, the least]" };
        hours.Validators.Add(result => Expect(
            result, result.GetValueOrDefault<double?>() is null or (>= TenMinutes and <= 1000), "--hours must be between 0.1667 (10 minutes) and 1000"));
        var faults = new Option<string[]>("--fault")
        {
            Description = "This class of faults, and only those so named (give it again for another), as often as all would have come: "
                + $"{string.Join(' ', FaultNames.All)}.",
            HelpName = "class",
        };
        faults.AcceptOnlyFromAmong(FaultNames.All);
        var only = new Option<string>("--only") { Description = "Of the faults planned, only those with these numbers: 3,7,12, or none." };
        only.Validators.Add(result => Expect(
            result, TryParseOnly(result.GetValueOrDefault<string>(), out _), "--only must be numbers divided by commas, or none"));
        var hashes = new Option<bool>("--print-hashes") { Description = "Print seed and trace hash, a line each." };
        var threads = new Option<int>("--threads") { Description = "Worlds at once.", DefaultValueFactory = _ => Environment.ProcessorCount };
        threads.Validators.Add(result => Expect(result, result.GetValueOrDefault<int>() is >= 1 and <= 1024, "--threads must be between 1 and 1024"));
        var output = new Option<string>("--output")
        {
            Description = "The directory where diagrams of violations are written; made if it is not there.",
            DefaultValueFactory = _ => ".",
        };
        output.Validators.Add(result => Expect(result, result.GetValueOrDefault<string>() is not "", "--output must name a directory"));
        var command = new Command("sim", "Run simulated clusters under faults and check every promise.")
        {
            seeds, first, consensus, size, hours, faults, only, hashes, threads, output, ScenarioCommand.Create(), ExploreCommand.Create(),
        };
        command.SetAction(parsed => Run(new SimSettings
        {
            Seeds = parsed.GetValue(seeds),
            FirstSeed = parsed.GetValue(first),
            Consensus = parsed.GetValue(consensus)!,
            Size = parsed.GetValue(size) is 0 ? null : parsed.GetValue(size),
            Hours = parsed.GetValue(hours) ?? TenMinutes,
            Faults = [.. (parsed.GetValue(faults) ?? []).Select(FaultNames.Parse)],
            Only = TryParseOnly(parsed.GetValue(only), out HashSet<int>? numbers) ? numbers : null,
            PrintHashes = parsed.GetValue(hashes),
            Threads = parsed.GetValue(threads),
            Output = parsed.GetValue(output)!,
        }));
        return command;
    }

    private static int Run(SimSettings settings)
    {
        try
        {
            Directory.CreateDirectory(settings.Output); // before hours of work whose outcome would have no place
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"quorate: --output {settings.Output} cannot be made: {failure.Message}");
            return Unusable;
        }

        // Pauses hurt nobody here: a collector that works beside the worlds only costs.
        GCSettings.LatencyMode = GCLatencyMode.Batch;
        IAnsiConsole? bar = settings.PrintHashes || Console.IsOutputRedirected ? null : AnsiConsole.Console;
        return new SimRunner(settings, SeedRun.Run, Console.Out, Console.Error, bar).Run();
    }

    private static bool TryParseOnly(string? text, out HashSet<int>? numbers)
    {
        numbers = null;
        if (string.IsNullOrEmpty(text))
            return true;
        numbers = [];
        if (text == "none")
            return true;
        foreach (string part in text.Split(','))
        {
            if (!int.TryParse(part, out int number) || number < 0)
                return false;
            numbers.Add(number);
        }

        return true;
    }

    private static void Expect(System.CommandLine.Parsing.SymbolResult result, bool holds, string complaint)
    {
        if (!holds)
            result.AddError(complaint);
    }
}
