using System.Text.RegularExpressions;

namespace Quorate.Architecture.Tests;

/// <summary>Text files and the pages for people.</summary>
public sealed partial class DocumentTests
{
    private static readonly string[] TextEndings =
        [".cs", ".csproj", ".props", ".targets", ".slnx", ".json", ".md", ".txt", ".yml", ".proto", ".patch", ".html", ".svg", ".sh"];

    [Fact]
    public void Text_files_end_with_a_newline_and_have_no_carriage_returns()
    {
        string[] wrong =
        [
            .. Repository.Files.Where(IsText).Where(f =>
            {
                string text = Repository.Text(f);
                return text.Length > 0 && (text[^1] != '\n' || text.Contains('\r', StringComparison.Ordinal));
            }),
        ];
        Assert.True(wrong.Length == 0, string.Join("\n", wrong));
    }

    [Fact]
    public void Links_between_pages_lead_somewhere()
    {
        var broken = new List<string>();
        foreach (string page in Repository.Files.Where(f => f.EndsWith(".md", StringComparison.Ordinal)))
        {
            foreach (Match link in Links().Matches(Repository.Text(page)))
            {
                string target = link.Groups["target"].Value.Split('#')[0];
                if (target.Length == 0 || target.Contains("://", StringComparison.Ordinal))
                    continue;
                string path = Path.Combine(Repository.Root, Path.GetDirectoryName(page)!, target);
                if (!File.Exists(path) && !Directory.Exists(path))
                    broken.Add($"{page}: {target}");
            }
        }

        Assert.True(broken.Count == 0, string.Join("\n", broken));
    }

    private static bool IsText(string path) => TextEndings.Contains(Path.GetExtension(path));

    [GeneratedRegex(@"\]\((?<target>[^)\s]+)\)")]
    private static partial Regex Links();
}
