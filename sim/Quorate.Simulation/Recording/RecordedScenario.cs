using System.Text;
using Quorate.Simulation.Scenarios;

namespace Quorate.Simulation;

/// <summary>The end of a recorded run as a played scenario: what draws those draws it too.</summary>
public static class RecordedScenario
{
    // From a frame's arrival to what its member does about it takes less; whatever takes longer has a row of its own.
    private const long TurnNanoseconds = 100 * Span.Microsecond;
    private const int NoteLettersMax = 28; // beside its member's line

    /// <summary>The end of a run that was recorded.</summary>
    public static ScenarioFile Of(SeedResult run)
    {
        Recorder recorder = run.Recorder!;
        IReadOnlyCollection<Happening> recent = recorder.Recent;
        var text = new StringBuilder();
        text.Append($"# Seed {run.Seed}{(run.Violation is { } broken ? $": {broken.Promise}" : "")}\n\n");
        text.Append($"This is the end of the run: the last {recent.Count} of {recorder.Count} things that happened.\n");
        text.Append($"Members show the last {RecordedCore.EntriesMax} entries of their logs; pieces of snapshots are left out.\n\n");
        if (recorder.Standing.Count > 0)
            text.Append("> before\n");
        foreach (string line in recorder.Standing)
            Output(text, line);
        foreach (List<Happening> turn in Turns(recent))
            Step(text, turn);
        if (run.Violation is { } violation)
            text.Append($"\n{violation.Message.ReplaceLineEndings(" ")}\n");
        return ScenarioFile.Parse($"seed-{run.Seed}", text.ToString());
    }

    /// <summary>What happened at one member at about one time, as long as nothing happened elsewhere.</summary>
    private static IEnumerable<List<Happening>> Turns(IEnumerable<Happening> happenings)
    {
        var turn = new List<Happening>();
        foreach (Happening next in happenings)
        {
            bool goesOn = turn.Count > 0 && turn[^1].Member == next.Member && next.AtNanoseconds - turn[^1].AtNanoseconds <= TurnNanoseconds;
            if (!goesOn && turn.Count > 0)
            {
                yield return turn;
                turn = [];
            }

            turn.Add(next);
        }

        if (turn.Count > 0)
            yield return turn;
    }

    private static void Step(StringBuilder text, List<Happening> turn)
    {
        ulong member = turn[0].Member;
        text.Append($"> {turn[0].AtNanoseconds / 1e9:F6} s  {(member == 0 ? "" : $"{member} ")}{Words(turn, withRoles: true)}\n");
        string noted = Words(turn, withRoles: false);
        foreach (Happening happening in turn)
        {
            if (happening.Kind is not (HappeningKind.Note or HappeningKind.Role))
                Output(text, happening.Line);
        }

        if (noted.Length > 0 && member != 0)
            Output(text, $"{member}  {(noted.Length <= NoteLettersMax ? noted : noted[..(NoteLettersMax - 1)] + "…")}");
    }

    private static string Words(List<Happening> turn, bool withRoles)
    {
        var words = new List<string>();
        foreach (Happening happening in turn)
        {
            if (happening.Kind == HappeningKind.Note || (withRoles && happening.Kind == HappeningKind.Role))
                words.Add(happening.Member == 0 ? happening.Line : happening.Line[$"{happening.Member}  ".Length..]);
        }

        return string.Join("; ", words);
    }

    private static void Output(StringBuilder text, string line) => text.Append("    ").Append(line).Append('\n');
}
