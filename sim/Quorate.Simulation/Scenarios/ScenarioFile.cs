using System.Text;

namespace Quorate.Simulation.Scenarios;

/// <summary>A command of a scenario and what it is expected to show.</summary>
/// <param name="Line">Its line in the file, from 1.</param>
/// <param name="Text">The command.</param>
/// <param name="Output">The lines under it, without their indent.</param>
public sealed record ScenarioStep(int Line, string Text, IReadOnlyList<string> Output);

/// <summary>
/// A scenario as people read and write it. Lines that begin with <c>&gt;</c> are commands, the indented lines under one are what it
/// shows, and everything else is prose; the first line is the title.
/// </summary>
public sealed class ScenarioFile
{
    private const string CommandMark = "> ";
    private const string OutputIndent = "    ";

    private readonly List<(string? Prose, ScenarioStep? Step)> parts;

    private ScenarioFile(string name, List<(string? Prose, ScenarioStep? Step)> parts)
    {
        Name = name;
        this.parts = parts;
    }

    /// <summary>Its name: the file's, without folder and ending.</summary>
    public string Name { get; }

    /// <summary>The first line, without its <c>#</c>.</summary>
    public string Title => parts.Count > 0 && parts[0].Prose is { } first ? first.TrimStart('#', ' ') : Name;

    /// <summary>The commands, in order.</summary>
    public IEnumerable<ScenarioStep> Steps => parts.Where(p => p.Step is not null).Select(p => p.Step!);

    /// <summary>Prose lines and commands in order; one of the two is null.</summary>
    public IReadOnlyList<(string? Prose, ScenarioStep? Step)> Parts => parts;

    /// <summary>Reads a file's text.</summary>
    public static ScenarioFile Parse(string name, string text)
    {
        var parts = new List<(string?, ScenarioStep?)>();
        List<string>? output = null;
        int number = 0;
        foreach (string line in text.TrimEnd('\n').Split('\n'))
        {
            number++;
            if (line.StartsWith(CommandMark, StringComparison.Ordinal))
            {
                output = [];
                parts.Add((null, new ScenarioStep(number, line[CommandMark.Length..].Trim(), output)));
            }
            else if (output is not null && line.StartsWith(OutputIndent, StringComparison.Ordinal))
            {
                output.Add(line[OutputIndent.Length..]);
            }
            else
            {
                output = null;
                parts.Add((line, null));
            }
        }

        return new ScenarioFile(name, parts);
    }

    /// <summary>The same scenario with other outputs: one list for each command, in order.</summary>
    public ScenarioFile With(IReadOnlyList<IReadOnlyList<string>> outputs)
    {
        int at = 0;
        var replaced = parts.Select(p => p.Step is { } step ? ((string?)null, step with { Output = outputs[at++] }) : p).ToList();
        return new ScenarioFile(Name, replaced);
    }

    /// <summary>The same scenario as far as it was played: one list for each command played, and how it ended.</summary>
    public ScenarioFile Until(IReadOnlyList<IReadOnlyList<string>> outputs, string end)
    {
        var played = new List<(string? Prose, ScenarioStep? Step)>();
        int at = 0;
        foreach ((string? prose, ScenarioStep? step) in parts)
        {
            if (at == outputs.Count)
                break;
            played.Add(step is null ? (prose, null) : (null, step with { Output = outputs[at++] }));
        }

        played.AddRange([("", null), (end, null)]);
        return new ScenarioFile(Name, played);
    }

    /// <summary>The file's text: what <see cref="Parse"/> reads.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach ((string? prose, ScenarioStep? step) in parts)
        {
            if (step is null)
            {
                text.Append(prose).Append('\n');
                continue;
            }

            text.Append(CommandMark).Append(step.Text).Append('\n');
            foreach (string line in step.Output)
                text.Append(OutputIndent).Append(line).Append('\n');
        }

        return text.ToString();
    }
}
