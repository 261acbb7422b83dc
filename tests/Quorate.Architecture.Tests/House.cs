using System.Text.RegularExpressions;

namespace Quorate.Architecture.Tests;

/// <summary>The diagram of docs/ARCHITECTURE.md: projects in the order in which they are drawn, with their arrows.</summary>
internal static partial class House
{
    public const string Page = "docs/ARCHITECTURE.md";

    public static readonly (string Project, string[] Targets)[] Drawn = Read();

    public static string[] ArrowsOf(string project) => Drawn.Single(d => d.Project == project).Targets;

    private static (string, string[])[] Read()
    {
        Match block = Diagram().Match(Repository.Text(Page));
        Assert.True(block.Success, $"{Page} has no diagram: a ```mermaid block that begins with 'flowchart TD'");
        var drawn = new List<(string, string[])>();
        foreach (string line in block.Groups["lines"].Value.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string[] sides = line.Split("-->", StringSplitOptions.TrimEntries);
            Assert.True(sides.Length <= 2, $"one arrow a line, to all that the project stands on: {line}");
            string[] targets = sides.Length == 1 ? [] : [.. sides[1].Split('&', StringSplitOptions.TrimEntries).Select(Name)];
            drawn.Add((Name(sides[0]), [.. targets.Order(StringComparer.Ordinal)]));
        }

        return [.. drawn];
    }

    private static string Name(string node) => $"Quorate.{node}";

    [GeneratedRegex(@"```mermaid\r?\nflowchart TD\r?\n(?<lines>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Diagram();
}
