namespace Quorate.Architecture.Tests;

/// <summary>
/// Deterministic code is a function of its inputs. The banned-symbols analyzer sees most of what could break that, but neither
/// <c>lock</c> nor types that stand only in signatures: those are found in the compiled assemblies.
/// </summary>
public sealed class PurityTests
{
    private static readonly string[] UnorderedMembers =
    [
        "System.Collections.Generic.Dictionary`2.GetEnumerator", "System.Collections.Generic.Dictionary`2.get_Keys",
        "System.Collections.Generic.Dictionary`2.get_Values", "System.Collections.Generic.HashSet`1.GetEnumerator",
        "System.Collections.Generic.HashSet`1.CopyTo",
    ];

    public static TheoryData<string> PureProjects => [.. Assemblies.Pure];

    [Theory]
    [MemberData(nameof(PureProjects))]
    public void No_banned_type_is_named_anywhere(string project)
    {
        HashSet<string> banned = BannedTypes(project);
        Assert.DoesNotContain(Assemblies.TypesNamedBy(project), banned.Contains);
    }

    [Theory]
    [MemberData(nameof(PureProjects))]
    public void No_hash_order_is_ever_seen(string project) =>
        Assert.DoesNotContain(Assemblies.MembersUsedBy(project), UnorderedMembers.Contains);

    /// <summary>A type that is new to a pure assembly deserves a look: run with QUORATE_REWRITE=1 and review the diff.</summary>
    [Theory]
    [MemberData(nameof(PureProjects))]
    public void The_types_named_are_those_reviewed(string project)
    {
        string golden = $"tests/Quorate.Architecture.Tests/References/{project}.txt";
        string[] named = Assemblies.TypesNamedBy(project);
        if (Repository.Rewrite)
            File.WriteAllText(Repository.Absolute(golden), string.Join('\n', named) + "\n");
        Assert.Equal(Repository.Text(golden).Split('\n', StringSplitOptions.RemoveEmptyEntries), named);
    }

    [Fact]
    public void Every_pure_project_of_the_solution_is_checked()
    {
        string[] missing =
        [
            .. new[] { "Quorate.Consensus", "Quorate.Raft", "Quorate.Paxos", "Quorate.Storage", "Quorate.Replica", "Quorate.KeyValue", "Quorate.Simulation", "Quorate.Checkers" }
                .Except(Assemblies.Pure),
        ];
        Assert.Empty(missing);
    }

    private static HashSet<string> BannedTypes(string project)
    {
        IEnumerable<string> lines = File.ReadLines(Repository.Absolute("build/BannedSymbols.txt"));
        if (project != "Quorate.KeyValue")
            lines = lines.Concat(File.ReadLines(Repository.Absolute("build/BannedSymbols.Atomics.txt")));
        return [.. lines.Where(l => l.StartsWith("T:", StringComparison.Ordinal)).Select(l => l[2..l.IndexOf(';', StringComparison.Ordinal)])];
    }
}
