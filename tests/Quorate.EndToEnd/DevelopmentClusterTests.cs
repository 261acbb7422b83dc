using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary><c>quorate cluster</c>, its output not a terminal.</summary>
public sealed class DevelopmentClusterTests
{
    [Theory, EachEngine]
    public async Task Three_members_serve_until_they_are_told_to_stop(string engine)
    {
        using var directory = new TemporaryDirectory();
        int port = FreeRow();
        using var cluster = ServerProcess.Start(directory.Path, ["cluster", "--client-port", $"{port}", "--data-dir", directory["c"], "--consensus", engine]);
        await cluster.WaitForLineAsync("(itself)");
        await Etcdctl.RunAsync($"127.0.0.1:{port + 20}", "put", "k", "v");
        Assert.Equal("k\nv\n", await Etcdctl.RunAsync($"127.0.0.1:{port}", "get", "k"));
        cluster.Signal("INT");
        Assert.Equal(0, await cluster.WaitForExitAsync());
    }

    [Fact]
    public async Task A_member_that_cannot_start_says_why()
    {
        using var directory = new TemporaryDirectory();
        using var busy = new TcpListener(IPAddress.Loopback, 0);
        busy.Start();
        int port = ((IPEndPoint)busy.LocalEndpoint).Port;
        using var cluster = ServerProcess.Start(
            directory.Path, ["cluster", "--size", "1", "--client-port", $"{port}", "--data-dir", directory["c"]]);
        Assert.Equal(1, await cluster.WaitForExitAsync());
        Assert.Contains(cluster.Lines, l => l.Contains("stopped (1): cannot listen for clients", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Quorum_sizes_are_the_members_to_judge()
    {
        using var directory = new TemporaryDirectory();
        using var cluster = ServerProcess.Start(
            directory.Path,
            ["cluster", "--client-port", $"{FreeRow()}", "--data-dir", directory["c"], "--consensus", "multipaxos", "--phase1-quorum", "2", "--phase2-quorum", "1"]);
        Assert.NotEqual(0, await cluster.WaitForExitAsync());
        Assert.Contains(cluster.Lines, l => l.Contains("need not meet among 3 voters", StringComparison.Ordinal));
    }

    /// <summary>A port from which on the ports of three members are free: below those that the system deals out by itself.</summary>
    private static int FreeRow()
    {
        for (int port = 20_000; port < 30_000; port += 30)
        {
            if (Enumerable.Range(0, 3).All(i => IsFree(port + (10 * i)) && IsFree(port + (10 * i) + 1)))
                return port;
        }

        throw new InvalidOperationException("no six ports are free");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
