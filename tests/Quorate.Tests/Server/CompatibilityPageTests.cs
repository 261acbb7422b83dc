using System.Text.RegularExpressions;
using Quorate.Server.Flags;
using Quorate.Server.Rpc;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>docs/compatibility.md says what there is.</summary>
public sealed class CompatibilityPageTests
{
    private static readonly string[] Page = File.ReadAllLines(Path.Combine(RepositoryRoot(), "docs", "compatibility.md"));

    [Fact]
    public void Services()
    {
        Dictionary<string, (string[] Built, string[] NotBuilt)> said = Rows("| service |").ToDictionary(r => r[0], r => (Words(r[1]), Words(r[2])));
        HashSet<string> built = Handlers();
        foreach (IGrouping<string, (string Service, string Name, Grpc.Core.MethodType Type)> service in RpcCatalogue.Methods().GroupBy(m => m.Service))
        {
            string name = service.Key[(service.Key.LastIndexOf('.') + 1)..];
            Assert.True(said.ContainsKey(name), $"the page has no service {name}");
            Assert.Equal(service.Select(m => m.Name).Where(m => built.Contains($"/{service.Key}/{m}")), said[name].Built);
            Assert.Equal(service.Select(m => m.Name).Where(m => !built.Contains($"/{service.Key}/{m}")), said[name].NotBuilt);
        }
    }

    [Fact]
    public void Flags()
    {
        string[][] said = [.. Rows("| | flags |").Select(r => Words(r[1].Replace("`", "", StringComparison.Ordinal)))];
        Func<Flag, bool>[] rows =
        [
            f => f.Use == FlagUse.Used && !IsOurs(f), f => f.Use == FlagUse.Ignored, f => f.Use == FlagUse.NotBuilt, f => f.Use == FlagUse.Ancient, IsOurs,
        ];
        Assert.Equal(rows.Length, said.Length);
        for (int i = 0; i < rows.Length; i++)
            Assert.Equal(FlagTable.All.Where(rows[i]).Select(f => f.Name).Order(), said[i].Order());
    }

    private static bool IsOurs(Flag flag) => flag.Help.EndsWith("Quorate's own", StringComparison.Ordinal);

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The rows of the table with this head.</summary>
    private static IEnumerable<string[]> Rows(string head) => Page.SkipWhile(l => !l.StartsWith(head, StringComparison.Ordinal)).Skip(2)
        .TakeWhile(l => l.StartsWith('|')).Select(l => l.Trim('|').Split('|', StringSplitOptions.TrimEntries));

    /// <summary>The methods that services add their handlers for.</summary>
    private static HashSet<string> Handlers() =>
    [
        .. Directory.EnumerateFiles(Path.Combine(RepositoryRoot(), "src", "Quorate.Server", "Services"), "*.cs")
            .SelectMany(file => Regex.Matches(File.ReadAllText(file), """(?:unary|streams)\.Add\("([^"]+)",""")).Select(match => match.Groups[1].Value),
    ];

    private static string RepositoryRoot()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Quorate.slnx")))
            directory = Path.GetDirectoryName(directory)!;
        return directory;
    }
}
