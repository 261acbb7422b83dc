using System.Text;
using Quorate.Simulation;
using Quorate.Simulation.Diagrams;

namespace Quorate.Cli.Sim;

/// <summary>What a person needs to look into a violation: seed, promise, replay command, the shortest run found, and its end as text and as a diagram.</summary>
internal static class ViolationReport
{
    /// <summary>Writes it, and text and diagram into files.</summary>
    /// <param name="settings">What was asked for.</param>
    /// <param name="run">Runs a seed.</param>
    /// <param name="broken">What came of the seed.</param>
    /// <param name="into">Takes the lines.</param>
    public static void Write(SimSettings settings, Func<SeedOptions, SeedResult> run, SeedResult broken, TextWriter into)
    {
        Violation violation = broken.Violation!;
        into.WriteLine();
        into.WriteLine($"seed {broken.Seed}: {violation.Promise}: {violation.Message}");
        if (violation.Detail.Length > 0)
            into.WriteLine(string.Join('\n', violation.Detail.Split('\n').Take(8)));
        into.WriteLine($"  replay:   {settings.ReplayOf(broken.Seed, settings.Only)}");
        SeedOptions options = settings.RunOf(broken.Seed);
        IReadOnlySet<int> needed = Shrinker.Shrink(broken, faults => run(options with { Only = faults }).Violation?.Promise == violation.Promise);
        into.WriteLine($"  shortest: {settings.ReplayOf(broken.Seed, needed)}   ({needed.Count} faults)");
        string path = Path.Combine(settings.Output, $"violation-{settings.Consensus}-{broken.Seed}");
        SeedResult replay = run(options with { Only = needed, Record = true });
        File.WriteAllText($"{path}.txt", Text(replay));
        into.WriteLine($"  text:     {path}.txt");
        File.WriteAllText($"{path}.html", ScenarioDiagram.Html(RecordedScenario.Of(replay), atEnd: true));
        into.WriteLine($"  diagram:  {path}.html");
    }

    /// <summary>Members as columns, time downwards: the end of the run whole, before it the notes.</summary>
    private static string Text(SeedResult replay)
    {
        var text = new StringBuilder();
        if (replay.Violation is { } violation)
            text.AppendLine($"seed {replay.Seed}: {violation.Promise}: {violation.Message}");
        foreach (Fault fault in replay.Plan) // the notes say when it struck, and as what
            text.AppendLine($"fault {fault.Number}: {FaultNames.Of(fault.Kind)} planned for {fault.AtNanoseconds / 1e9:F6} s");
        text.AppendLine();
        foreach (Happening happening in replay.Recorder!.Notes.Concat(replay.Recorder.Recent))
            text.AppendLine($"{happening.AtNanoseconds / 1e9,14:F6}  {new string(' ', (int)Math.Min(12, happening.Member) * 3)}{happening.Line}");
        return text.ToString();
    }
}
