using Quorate.Checkers;

namespace Quorate.Architecture.Tests;

/// <summary>The patches of sim/mutants fit the code as it is: who changes a line that a mutant plants its bug in moves the mutant along.</summary>
public sealed class MutantTests
{
    private static readonly string[] Fields = ["plants", "had by", "caught-by", "options", "seed", "kind"];

    // What can catch a mutant: docs/mutants.md says what each means.
    private static readonly string[] Words = [.. Enum.GetNames<Promise>(), "Invariant", "agreement"];

    public static TheoryData<string> Patches =>
        [.. Repository.Files.Where(f => f.StartsWith("sim/mutants/", StringComparison.Ordinal) && f.EndsWith(".patch", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Patches))]
    public void A_patch_says_what_it_plants_and_applies(string path)
    {
        string[] lines = Repository.Text(path).Split('\n')[..^1];
        Assert.All(Fields, field => Assert.Contains(lines, line => line.StartsWith($"# {field}:", StringComparison.Ordinal)));
        Assert.Contains(lines, line => line is "# kind: safety" or "# kind: liveness");

        string? file = null;
        int hunks = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].StartsWith("+++ b/", StringComparison.Ordinal))
                file = lines[i]["+++ b/".Length..];
            if (!lines[i].StartsWith("@@ ", StringComparison.Ordinal))
                continue;
            hunks++;
            string[] hunk = [.. lines[(i + 1)..].TakeWhile(line => line.Length > 0 && line[0] is ' ' or '-' or '+' && !line.StartsWith("--- a/", StringComparison.Ordinal))];
            string before = string.Join('\n', hunk.Where(line => line[0] != '+').Select(line => line[1..]));
            Assert.True(
                file is not null && $"\n{Repository.Text(file)}".Contains($"\n{before}\n", StringComparison.Ordinal),
                $"{path}: a hunk does not fit {file} any more; plant the same bug in the code as it is now:\n{before}");
        }

        Assert.NotEqual(0, hunks);
    }

    [Theory]
    [MemberData(nameof(Patches))]
    public void What_caught_a_mutant_is_what_its_patch_expects(string path)
    {
        string[] expected = Field(path, "caught-by")!.Split(", ");
        Assert.All(expected, word => Assert.Contains(word, Words));
        if (Field(path, "found") is { } found)
            Assert.Contains(found[0] == '`' ? "Invariant" : found[..found.LastIndexOf(',')], expected);
        else
            Assert.Equal("none", Field(path, "seed"));
        if (Field(path, "explore") is null)
            return;
        string explored = Field(path, "explored") ?? "";
        Assert.Contains(explored.StartsWith('`') ? "Invariant" : explored.Split(", ")[0], expected);
    }

    [Fact]
    public void There_are_mutants_and_a_canary()
    {
        Assert.Equal("1", Field("sim/mutants/canary.patch", "seed")); // ./mutants runs it with no other
        Assert.True(Patches.Count >= 40, "at least 40 mutants");
    }

    /// <summary>A line of the patch's header; null: it has no such line.</summary>
    private static string? Field(string path, string name)
    {
        string start = $"# {name}: ";
        return Repository.Text(path).Split('\n').FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal))?[start.Length..];
    }
}
