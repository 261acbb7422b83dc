using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Quorate.Architecture.Tests;

/// <summary>How code must look so that others can read it. The reasons stand in CONTRIBUTING.md.</summary>
public sealed class SourceTests
{
    private const int FileLinesMax = 500;
    private const int MethodLinesMax = 70;

    [Fact]
    public void Files_are_under_500_lines() =>
        Report(
            "split the class: a file has at most 499 lines",
            Repository.Sources.Select(s => (s.Path, Lines: s.Tree.GetText().Lines.Count))
                .Where(s => s.Lines > FileLinesMax).Select(s => $"{s.Path}: {s.Lines} lines"));

    [Fact]
    public void Methods_are_under_70_lines() =>
        Report(
            "split the method: it has at most 69 lines",
            from source in Repository.Sources
            from node in source.Tree.GetRoot().DescendantNodes()
            where node is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax or AnonymousFunctionExpressionSyntax
            let lines = LinesOf(node)
            where lines >= MethodLinesMax
            select $"{Where(source.Path, node)}: {lines} lines");

    /// <summary>A part of a class that another file completes cannot be read on its own; generators need one part by hand.</summary>
    [Fact]
    public void No_class_is_spread_over_files() =>
        Report(
            "a class in several files is several classes",
            from source in Repository.Sources
            from type in source.Tree.GetRoot().DescendantNodes().OfType<TypeDeclarationSyntax>()
            where type.Modifiers.Any(SyntaxKind.PartialKeyword)
            group source.Path by $"{Path.GetDirectoryName(source.Path)}: {type.Identifier.Text}" into parts
            where parts.Distinct().Count() > 1
            select $"{parts.Key} in {string.Join(", ", parts.Distinct())}");

    [Fact]
    public void No_regions_and_no_dynamic() =>
        Report(
            "no #region, no dynamic",
            from source in Repository.Sources
            let root = source.Tree.GetRoot()
            from found in root.DescendantTrivia().Where(t => t.IsKind(SyntaxKind.RegionDirectiveTrivia)).Select(t => t.GetLocation())
                .Concat(root.DescendantNodes().OfType<IdentifierNameSyntax>()
                    .Where(n => n.Identifier.Text == "dynamic" && StandsForType(n)).Select(n => n.GetLocation()))
            select $"{source.Path}:{found.GetLineSpan().StartLinePosition.Line + 1}");

    /// <summary>A handler that does nothing is sometimes right; then it says why.</summary>
    [Fact]
    public void No_exception_is_swallowed_without_a_reason() =>
        Report(
            "an empty catch block needs a comment that says why nothing is to be done",
            from source in Repository.Sources
            from handler in source.Tree.GetRoot().DescendantNodes().OfType<CatchClauseSyntax>()
            where handler.Block.Statements.Count == 0
                && !handler.DescendantTrivia().Any(t => t.IsKind(SyntaxKind.SingleLineCommentTrivia))
            select Where(source.Path, handler));

    [Fact]
    public void Nothing_is_left_unfinished() =>
        Report(
            "finish it, or leave it out",
            from source in Repository.Sources
            where source.Path != "tests/Quorate.Architecture.Tests/SourceTests.cs"
            from line in source.Tree.GetText().Lines
            let text = line.ToString()
            where text.Contains("NotImplementedException") || text.Contains("TODO") || text.Contains("FIXME") || text.Contains("HACK")
            select $"{source.Path}:{line.LineNumber + 1}");

    /// <summary>A test that waits by time is slow on a fast machine and wrong on a slow one: wait for the event.</summary>
    [Fact]
    public void No_test_sleeps() =>
        Report(
            "wait for the event, not for time to pass",
            from source in Repository.Sources
            where source.Path.StartsWith("tests/", StringComparison.Ordinal)
            from call in source.Tree.GetRoot().DescendantNodes().OfType<MemberAccessExpressionSyntax>()
            where call.ToString() is "Thread.Sleep" or "Task.Delay" or "SpinWait.SpinUntil"
            select Where(source.Path, call));

    [Fact]
    public void No_test_is_skipped() =>
        Report(
            "a skipped test proves nothing: mend it or remove it",
            from source in Repository.Sources
            where source.Path.StartsWith("tests/", StringComparison.Ordinal)
            from argument in source.Tree.GetRoot().DescendantNodes().OfType<AttributeArgumentSyntax>()
            where argument.NameEquals?.Name.Identifier.Text == "Skip"
            select Where(source.Path, argument));

    private static bool StandsForType(IdentifierNameSyntax name) =>
        name.Parent is VariableDeclarationSyntax or ParameterSyntax or CastExpressionSyntax or TypeArgumentListSyntax or MethodDeclarationSyntax
            or PropertyDeclarationSyntax or ArrayTypeSyntax or NullableTypeSyntax;

    private static int LinesOf(SyntaxNode node)
    {
        FileLinePositionSpan span = node.GetLocation().GetLineSpan();
        return span.EndLinePosition.Line - span.StartLinePosition.Line + 1;
    }

    private static string Where(string path, SyntaxNode node) =>
        $"{path}:{node.GetLocation().GetLineSpan().StartLinePosition.Line + 1}";

    private static void Report(string rule, IEnumerable<string> found)
    {
        string[] all = [.. found];
        Assert.True(all.Length == 0, $"{rule}\n  {string.Join("\n  ", all)}");
    }
}
