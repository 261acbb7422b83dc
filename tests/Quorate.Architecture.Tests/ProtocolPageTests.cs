using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Quorate.Architecture.Tests;

/// <summary>The tables of docs/protocols name what the code can send, no more and no less.</summary>
public sealed class ProtocolPageTests
{
    [Theory]
    [InlineData("src/Quorate.Raft/Messages/MessageKind.cs", "MessageKind", "docs/protocols/raft.md", "message")]
    [InlineData("src/Quorate.Paxos/MultiPaxos/Messages/MessageKind.cs", "MessageKind", "docs/protocols/multi-paxos.md", "message")]
    [InlineData("src/Quorate.Replica/Wire/FrameKind.cs", "FrameKind", "docs/protocols/members.md", "frame")]
    [InlineData("src/Quorate.Transport/Wire/FrameHead.cs", "FrameKind", "docs/protocols/members.md", "link frame")]
    [InlineData("src/Quorate.Transport/Wire/Hello.cs", "HelloVerdict", "docs/protocols/members.md", "verdict")]
    public void A_table_has_a_row_for_each_kind(string source, string type, string page, string column)
    {
        string[] kinds =
        [
            .. Repository.Sources.Single(s => s.Path == source).Tree.GetRoot(TestContext.Current.CancellationToken).DescendantNodes().OfType<EnumDeclarationSyntax>()
                .Single(e => e.Identifier.Text == type).Members.Select(m => m.Identifier.Text),
        ];
        string[] rows =
        [
            .. Repository.Text(page).Split('\n').SkipWhile(l => !l.StartsWith($"| {column} |", StringComparison.Ordinal)).Skip(2)
                .TakeWhile(l => l.StartsWith('|')).Select(l => l.Split('|')[1].Trim()),
        ];
        Assert.Equal(kinds, rows);
    }
}
