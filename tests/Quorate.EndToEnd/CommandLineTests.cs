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
    [InlineData("'x' for option '--first-seed'", "sim", "--first-seed", "x")]
    [InlineData("--only must be numbers", "sim", "--only", "1,x")]
    [InlineData("--hours must be between 0.1667 (10 minutes) and 1000", "sim", "--seeds", "1", "--hours", "0.166")]
    [InlineData("--hours must be between 0.1667 (10 minutes) and 1000", "sim", "--seeds", "1", "--hours", "0.1666")]
    [InlineData("'nonsense' not recognized", "sim", "--fault", "nonsense")]
    [InlineData("'nonsense' not recognized", "sim", "scenario", "--consensus", "nonsense")]
    [InlineData("/no/such.jsonl", "check", "/no/such.jsonl")]
    [InlineData("/dev/null: line 1: the history ends before its first operation", "check", "/dev/null")]
    [InlineData("--crashes says nothing of the Synod", "sim", "explore", "--bounds", "synod", "--crashes", "1")]
    [InlineData("--pre-vote says nothing of the Synod", "sim", "explore", "--bounds", "synod-small", "--pre-vote", "true")]
    [InlineData("--link-messages says nothing where", "sim", "explore", "--link-messages", "2")]
    [InlineData("no-such-host.invalid:1", "bench", "put", "--endpoints", "no-such-host.invalid:1")]
    [InlineData("host:port is wanted", "bench", "put", "--endpoints", "nowhere")]
    public async Task What_cannot_be_read_is_refused_in_one_line(string cause, params string[] arguments)
    {
        (int code, IReadOnlyList<string> lines) = await RunAsync(arguments);
        Assert.Equal(2, code);
        Assert.Contains(cause, Assert.Single(lines), StringComparison.Ordinal);
    }

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
