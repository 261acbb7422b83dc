namespace Quorate.Architecture.Tests;

/// <summary>The patches of sim/mutants fit the code as it is: who changes a line that a mutant plants its bug in moves the mutant along.</summary>
public sealed class MutantTests
{
    private static readonly string[] Fields = ["plants", "had by", "caught-by", "options", "seed", "kind"];

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

    [Fact]
    public void There_are_mutants_and_a_canary()
    {
        Assert.Contains("sim/mutants/canary.patch", Repository.Files);
        Assert.True(Patches.Count >= 40, "at least 40 mutants");
    }
}
