using Quorate.Simulation.Scenarios;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>The commands for people: help, and one line for what cannot be read.</summary>
public sealed class CommandLineTests
{
    private static async Task<(int Code, IReadOnlyList<string> Lines)> RunAsync(params string[] arguments)
    {
        using var process = ServerProcess.Start(arguments);
        return (await process.WaitForExitAsync(), process.Lines);
    }

    [Theory]
    [InlineData("'x' for option '--size'", "cluster", "--size", "x")]
    [InlineData("--size must be 1 to 9", "cluster", "--size", "10")]
    [InlineData("'zab' not recognized", "cluster", "--consensus", "zab")]
    [InlineData("--seeds must be between 1 and 10000000", "sim", "--seeds", "2147483647")]
    [InlineData("--output must name a directory", "sim", "--seeds", "1", "--output", "")]
    [InlineData("--output /dev/null/here", "sim", "--seeds", "1", "--output", "/dev/null/here")]
    [InlineData("--only must be numbers", "sim", "--only", "-1")]
    [InlineData("--messages must be at least 1", "sim", "explore", "--messages", "-3")]
    [InlineData("pre-votes of Multi-Paxos hang on time", "sim", "explore", "--bounds", "small-pre-vote", "--consensus", "multipaxos")]
    [InlineData("--steps must be at least 1", "check", "/dev/null", "--steps", "0")]
    [InlineData("'x' for option '--first-seed'", "sim", "--first-seed", "x")]
    [InlineData("--only must be numbers", "sim", "--only", "1,x")]
    [InlineData("--hours must be between 0.1667 (10 minutes) and 1000", "sim", "--seeds", "1", "--hours", "0.166")]
    [InlineData("--hours must be between 0.1667 (10 minutes) and 1000", "sim", "--seeds", "1", "--hours", "0.1666")]
    [InlineData("'nonsense' not recognized", "sim", "--fault", "nonsense")]
    [InlineData("'nonsense' not recognized", "sim", "scenario", "--consensus", "nonsense")]
    [InlineData("--html and --svg draw one scenario: which?", "sim", "scenario", "--html", "page.html")]
    [InlineData("several have a scenario 'transfer': --consensus multipaxos or --consensus raft?", "sim", "scenario", "transfer")]
    [InlineData("/no/such.jsonl", "check", "/no/such.jsonl")]
    [InlineData("/dev/null: line 1: the history ends before its first operation", "check", "/dev/null")]
    [InlineData("--crashes does not apply to the Synod", "sim", "explore", "--bounds", "synod", "--crashes", "1")]
    [InlineData("--pre-vote does not apply to the Synod", "sim", "explore", "--bounds", "synod-small", "--pre-vote", "true")]
    [InlineData("--link-messages says nothing where", "sim", "explore", "--link-messages", "2")]
    [InlineData("no-such-host.invalid:1", "bench", "put", "--endpoints", "no-such-host.invalid:1")]
    [InlineData("host:port is wanted", "bench", "put", "--endpoints", "nowhere")]
    public async Task What_cannot_be_read_is_refused_in_one_line(string cause, params string[] arguments)
    {
        (int code, IReadOnlyList<string> lines) = await RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.Contains(cause, Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_directory_for_diagrams_is_made_before_the_first_seed()
    {
        using var directory = new TemporaryDirectory();
        (int code, _) = await RunAsync("sim", "--seeds", "1", "--output", directory["new/deep"]);
        Assert.Equal(0, code);
        Assert.True(Directory.Exists(directory["new/deep"]));
    }

    [Theory]
    [InlineData("duel-fixed")] // of the Synod alone
    [InlineData("adopted-value")] // of Multi-Paxos alone
    [InlineData("figure-8")] // of Raft alone
    [InlineData("transfer", "--consensus", "multipaxos")]
    public async Task A_scenario_is_played_of_whoever_has_it(string name, params string[] more)
    {
        (int code, IReadOnlyList<string> lines) = await RunAsync(["sim", "scenario", name, .. more]);
        Assert.Equal(0, code);
        string engine = more is [_, var named] ? named : Assert.Single(ScenarioGallery.EnginesWith(name));
        Assert.Equal(ScenarioGallery.Load(engine, name).ToString().TrimEnd('\n').Split('\n'), lines);
    }

    /// <summary>Where nothing is said the cores are Raft's, and what only Raft's can do is not refused.</summary>
    [Theory]
    [InlineData("--bounds", "small-pre-vote")]
    [InlineData("--bounds", "small", "--members", "5")]
    public async Task Exploring_without_a_word_on_the_engine_explores_Raft(params string[] bounds)
    {
        (int code, IReadOnlyList<string> lines) = await RunAsync(["sim", "explore", "--states", "1000", .. bounds]);
        Assert.Equal(0, code);
        Assert.Contains(": raft, ", lines[0], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scenario_that_nobody_has_is_refused_in_one_line()
    {
        (int code, IReadOnlyList<string> lines) = await RunAsync("sim", "scenario", "nonsense");
        Assert.Equal(1, code);
        Assert.Equal("quorate: no scenario 'nonsense'; quorate sim scenario lists all", Assert.Single(lines));
    }

    [Fact]
    public async Task Without_a_name_the_scenarios_of_every_engine_are_listed()
    {
        (int code, IReadOnlyList<string> lines) = await RunAsync("sim", "scenario");
        Assert.Equal(0, code);
        string[] engines = [.. ScenarioGallery.Names.Select(n => n.Engine).Distinct()];
        Assert.Equal(["multipaxos", "raft", "synod"], engines);
        foreach (string engine in engines)
            Assert.Equal(ScenarioGallery.Names.Where(n => n.Engine == engine).Select(n => n.Name), Group(lines, $"{engine}:"));
        Assert.Equal(ScenarioGallery.BrokenNames, Group(lines, "raft, with a bug planted (./mutants --trace):"));

        (code, lines) = await RunAsync("sim", "scenario", "--consensus", "synod");
        Assert.Equal(0, code);
        Assert.Equal("synod:", Assert.Single(lines, l => !l.StartsWith(' ')));
    }

    private static IEnumerable<string> Group(IReadOnlyList<string> lines, string heading) =>
        lines.SkipWhile(l => l != heading).Skip(1).TakeWhile(l => l.StartsWith(' ')).Select(l => l.Trim().Split(' ')[0]);

    [Theory]
    [InlineData("cluster")]
    [InlineData("bench")]
    [InlineData("bench", "put")]
    [InlineData("sim")]
    [InlineData("sim", "scenario")]
    [InlineData("sim", "explore")]
    [InlineData("check")]
    [InlineData("version")]
    public async Task Each_command_has_help(params string[] command)
    {
        (int code, IReadOnlyList<string> lines) = await RunAsync([.. command, "--help"]);
        Assert.Equal(0, code);
        Assert.Contains(lines, l => l.Trim().StartsWith($"quorate {string.Join(' ', command)} ", StringComparison.Ordinal));
    }
}
