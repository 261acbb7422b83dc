using System.CommandLine;
using Quorate.Checkers;

namespace Quorate.Cli.Sim;

/// <summary><c>quorate check HISTORY.jsonl</c>: whether a history is linearizable. The format is docs/history-format.md.</summary>
internal static class CheckCommand
{
    private const int NotLinearizable = 1;
    private const int Unreadable = 2;
    private const int Undecided = 3;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var file = new Argument<string>("history") { Description = "One operation a line, JSON; - reads standard input." };
        var steps = new Option<long>("--steps")
        {
            Description = "Steps of the search for each key at most; past them the verdict is unknown.",
            DefaultValueFactory = _ => LinearizabilityChecker.StepsMaxDefault,
        };
        steps.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<long>() < 1)
                result.AddError("--steps must be at least 1");
        });
        var command = new Command("check", "Check a history of a key-value store for linearizability.") { file, steps };
        command.SetAction(parsed => Run(parsed.GetValue(file)!, parsed.GetValue(steps), Console.Out, Console.Error));
        return command;
    }

    internal static int Run(string path, long stepsMax, TextWriter output, TextWriter errors)
    {
        List<Operation> history;
        try
        {
            using TextReader reader = path == "-" ? Console.In : new StreamReader(path);
            history = HistoryReader.Read(reader);
        }
        catch (Exception unreadable) when (unreadable is HistoryFormatException or IOException or UnauthorizedAccessException)
        {
            errors.WriteLine($"quorate check: {path}: {unreadable.Message}");
            return Unreadable;
        }

        HistoryVerdict verdict = LinearizabilityChecker.Check(history, stepsMax);
        string size = $"{verdict.Operations} operations on {verdict.Keys} keys";
        switch (verdict.Verdict)
        {
            case Verdict.Linearizable:
                output.WriteLine($"linearizable: {size}, {verdict.Steps} steps");
                return 0;
            case Verdict.Unknown:
                output.WriteLine($"unknown: {size}: {verdict.Explanation} (--steps gives each key more)");
                return Undecided;
            default:
                output.WriteLine($"not linearizable: {size}: {verdict.Explanation}");
                return NotLinearizable;
        }
    }
}
