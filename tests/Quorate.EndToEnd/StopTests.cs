using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>Start and stop of one process.</summary>
public sealed class StopTests
{
    [Theory]
    [EachEngine("TERM", "terminated")]
    [EachEngine("INT", "interrupt")]
    public async Task A_signal_stops_it_cleanly_and_soon(string engine, string signal, string said)
    {
        using var directory = new TemporaryDirectory();
        using var member = ServerProcess.Start(
            "--data-dir", directory["m1"], "--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:0", $"--consensus={engine}");
        await member.WaitForAsync("ready to serve client requests");
        var watch = Stopwatch.StartNew();
        member.Signal(signal);
        Assert.Equal(0, await member.WaitForExitAsync());
        TimeSpan took = watch.Elapsed;
        (JsonElement line, _) = await member.WaitForAsync("received signal; shutting down");
        Assert.Equal(said, line.GetProperty("signal").GetString());
        Assert.True(took < TimeSpan.FromSeconds(1.5), $"it took {took}");
        Assert.DoesNotContain(member.Lines, l => l.Contains("\"level\":\"error\"", StringComparison.Ordinal) || !l.StartsWith('{'));
    }

    [Theory, EachEngine]
    public async Task What_was_answered_is_there_after_a_kill_and_a_restart(string engine)
    {
        using var directory = new TemporaryDirectory();
        string[] arguments =
        [
            "--data-dir", directory["m1"], "--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:0", $"--consensus={engine}",
        ];
        using (var first = ServerProcess.Start(arguments))
        {
            (JsonElement line, _) = await first.WaitForAsync("serving client traffic insecurely");
            for (int i = 0; i < 10; i++)
                await Etcdctl.RunAsync(line.GetProperty("address").GetString()!, "put", $"k{i}", $"{i}");
            await first.KillAsync();
        }

        using var second = ServerProcess.Start(arguments);
        (JsonElement again, _) = await second.WaitForAsync("serving client traffic insecurely");
        string found = await Etcdctl.RunAsync(again.GetProperty("address").GetString()!, "get", "k", "--prefix", "--print-value-only");
        Assert.Equal("0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n", found);
    }
}
