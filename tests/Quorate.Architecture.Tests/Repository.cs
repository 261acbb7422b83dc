using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using System.Xml.Linq;

namespace Quorate.Architecture.Tests;

/// <summary>The source tree that these tests were built from.</summary>
internal static class Repository
{
    private static readonly string[] GeneratedFolders = ["bin", "obj", "out", ".git", ".vs", ".idea", "node_modules", "TestResults"];

    public static readonly string Root = FindRoot();

    /// <summary>Set to rewrite golden files in the source tree, for review as a diff.</summary>
    public static readonly bool Rewrite = Environment.GetEnvironmentVariable("QUORATE_REWRITE") == "1";

    /// <summary>Every file that people wrote, by path from the root with forward slashes, in ordinal order.</summary>
    public static readonly string[] Files = [.. Walk(Root).Select(Relative).Order(StringComparer.Ordinal)];

    /// <summary>Every C# file, parsed.</summary>
    public static readonly (string Path, SyntaxTree Tree)[] Sources = Parse();

    public static string Absolute(string path) => Path.Combine(Root, path);

    public static string Text(string path) => File.ReadAllText(Absolute(path));

    /// <summary>The project files that the solution names.</summary>
    public static string[] SolutionProjects() =>
    [
        .. XDocument.Load(Absolute("Quorate.slnx")).Descendants("Project").Select(p => p.Attribute("Path")!.Value).Order(StringComparer.Ordinal),
    ];

    /// <summary>The names of the projects that <paramref name="projectPath"/> references by itself.</summary>
    public static string[] ProjectReferences(string projectPath) =>
    [
        .. XDocument.Load(Absolute(projectPath)).Descendants("ProjectReference")
            .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value)).Order(StringComparer.Ordinal),
    ];

    private static string FindRoot()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "Quorate.slnx")))
                return at.FullName;
        }

        throw new InvalidOperationException($"no Quorate.slnx above {AppContext.BaseDirectory}");
    }

    private static string Relative(string path) => Path.GetRelativePath(Root, path).Replace('\\', '/');

    private static IEnumerable<string> Walk(string directory) =>
        Directory.EnumerateFiles(directory).Concat(
            Directory.EnumerateDirectories(directory)
                .Where(d => !GeneratedFolders.Contains(Path.GetFileName(d)) && !d.EndsWith(".quorate", StringComparison.Ordinal))
                .SelectMany(Walk));

    private static (string, SyntaxTree)[] Parse()
    {
        var options = new CSharpParseOptions(LanguageVersion.CSharp14);
        return
        [
            .. Files.Where(f => f.EndsWith(".cs", StringComparison.Ordinal))
                .Select(f => (f, CSharpSyntaxTree.ParseText(Text(f), options, f))),
        ];
    }
}
