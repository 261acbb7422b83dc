using System.Text;
using Quorate.Simulation;

namespace Quorate.Cli.Sim;

/// <summary>What a person needs to look into a violation: seed, promise, replay command, the shortest run found, and a diagram of it.</summary>
internal static class ViolationReport
{
    private const int LinesBefore = 400;

    // Before those, what is no message: the cause may lie far back.
    private const int NotesBefore = 5000;

    /// <summary>Writes it, and the diagram into a file.</summary>
    public static void Write(SimSettings settings, SeedResult broken, TextWriter into)
    {
        Violation violation = broken.Violation!;
        into.WriteLine();
        into.WriteLine($"seed {broken.Seed}: {violation.Promise}: {violation.Message}");
        if (violation.Detail.Length > 0)
            into.WriteLine(string.Join('\n', violation.Detail.Split('\n').Take(8)));
        into.WriteLine($"  replay:   {settings.ReplayOf(broken.Seed, settings.Only)}");
        IReadOnlySet<int> needed = Shrinker.Shrink(settings.RunOf(broken.Seed), violation.Promise);
        into.WriteLine($"  shortest: {settings.ReplayOf(broken.Seed, needed)}   ({needed.Count} faults)");
        string path = Path.Combine(settings.Output, $"violation-{broken.Seed}.txt");
        Directory.CreateDirectory(settings.Output);
        SeedResult replay = SeedRun.Run(settings.RunOf(broken.Seed) with { Only = needed, Record = true });
        File.WriteAllText(path, Diagram(replay));
        into.WriteLine($"  diagram:  {path}");
    }

    /// <summary>Members as columns, time downwards.</summary>
    private static string Diagram(SeedResult replay)
    {
        var text = new StringBuilder();
        if (replay.Violation is { } violation)
            text.AppendLine($"seed {replay.Seed}: {violation.Promise}: {violation.Message}");
        foreach (Fault fault in replay.Plan)
            text.AppendLine($"fault {fault.Number}: {FaultNames.Of(fault.Kind)} at {fault.AtNanoseconds / 1e9:F6} s");
        IReadOnlyList<(long At, ulong Member, string Text)> lines = replay.Recorder!.Lines;
        text.AppendLine();
        int whole = Math.Max(0, lines.Count - LinesBefore);
        IEnumerable<(long At, ulong Member, string Text)> notes =
            lines.Take(whole).Where(l => !l.Text.StartsWith("<-", StringComparison.Ordinal)).TakeLast(NotesBefore);
        foreach ((long at, ulong member, string what) in notes.Concat(lines.Skip(whole)))
            text.AppendLine($"{at / 1e9,14:F6}  {new string(' ', (int)Math.Min(12, member) * 3)}{(member == 0 ? "" : $"{member}")} {what}");
        return text.ToString();
    }
}
