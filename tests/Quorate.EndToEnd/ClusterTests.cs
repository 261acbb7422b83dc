using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>Three members that lose some.</summary>
public sealed class ClusterTests
{
    [Theory, EachEngine]
    public async Task Every_member_answers_everything(string engine)
    {
        using var cluster = new ThreeMembers { Engine = engine };
        await cluster.StartAllAsync();
        for (int i = 0; i < 3; i++)
            await Etcdctl.RunAsync(cluster.Endpoint(i), "put", $"k{i}", $"{i}");
        for (int i = 0; i < 3; i++)
            Assert.Equal("k0\n0\nk1\n1\nk2\n2\n", await Etcdctl.RunAsync(cluster.Endpoint(i), "get", "k", "--prefix"));
        using JsonDocument members = JsonDocument.Parse(await Etcdctl.RunAsync(cluster.Endpoints, "member", "list", "-w", "json"));
        Assert.Equal(
            ["m1", "m2", "m3"], members.RootElement.GetProperty("members").EnumerateArray().Select(m => m.GetProperty("name").GetString()).Order());
        (int code, string output, string error) = await Etcdctl.TryAsync(cluster.Endpoints, null, "endpoint", "health");
        Assert.Equal(0, code);
        Assert.Equal(3, (output + error).Split("is healthy").Length - 1);
    }

    [Theory, EachEngine]
    public async Task Metrics_tell_of_the_peers(string engine)
    {
        using var cluster = new ThreeMembers { Engine = engine };
        await cluster.StartAllAsync();
        await Etcdctl.RunAsync(cluster.Endpoints, "put", "k", "v");
        using var client = new HttpClient();
        string[] lines = (await client.GetStringAsync($"http://{cluster.Endpoint(0)}/metrics", TestContext.Current.CancellationToken)).Split('\n');
        foreach (string name in (string[])["etcd_network_peer_sent_bytes_total{To=", "etcd_network_peer_received_bytes_total{From="])
        {
            string[] each = [.. lines.Where(l => l.StartsWith(name, StringComparison.Ordinal))];
            Assert.Equal(2, each.Length);
            Assert.All(each, l => Assert.DoesNotContain("} 0", l, StringComparison.Ordinal));
        }

        Assert.Equal(2, lines.Count(l => l.StartsWith("etcd_network_active_peers{", StringComparison.Ordinal) && l.EndsWith(" 1", StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(l => l.StartsWith("etcd_network_peer_round_trip_time_seconds_count{To=", StringComparison.Ordinal)));
    }

    [Theory, EachEngine]
    public async Task A_leaders_death_is_survived(string engine)
    {
        using var cluster = new ThreeMembers { Engine = engine };
        await cluster.StartAllAsync();
        await Etcdctl.RunAsync(cluster.Endpoints, "put", "before", "1");
        for (int round = 0; round < 3; round++)
        {
            int leader = await cluster.LeaderAsync();
            await cluster.Process(leader).KillAsync();
            var dead = Stopwatch.StartNew();
            int other = (leader + 1) % 3;
            await PutAgainUntilAnsweredAsync(cluster.Endpoint(other), $"round{round}");
            Assert.True(dead.Elapsed < TimeSpan.FromSeconds(5), $"the next write was answered after {dead.Elapsed}");
            cluster.Start(leader);
            await cluster.Process(leader).WaitForAsync("ready to serve client requests");
            Assert.Equal($"round{round}\n1\n", await Etcdctl.RunAsync(cluster.Endpoint(leader), "get", $"round{round}"));
        }

        Assert.Equal("before\n1\n", await Etcdctl.RunAsync(cluster.Endpoints, "get", "before"));
    }

    /// <summary>
    /// A write that had been sent to the dead leader ends as unknown, and no client sends it again by itself: this one may, since to put the same
    /// twice does no harm.
    /// </summary>
    private static async Task PutAgainUntilAnsweredAsync(string endpoint, string key)
    {
        var watch = Stopwatch.StartNew();
        string error;
        do
        {
            (int code, _, error) = await Etcdctl.TryAsync(endpoint, null, "--command-timeout=10s", "put", key, "1");
            if (code == 0)
                return;
        }
        while (watch.Elapsed < ServerProcess.Patience);
        Assert.Fail($"no write was answered: {error}");
    }

    [Theory, EachEngine]
    public async Task The_death_of_all_is_survived(string engine)
    {
        using var cluster = new ThreeMembers { Engine = engine };
        await cluster.StartAllAsync();
        for (int i = 0; i < 20; i++)
            await Etcdctl.RunAsync(cluster.Endpoint(i % 3), "put", $"k{i:d2}", $"{i}");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => cluster.Process(i).KillAsync()));
        await cluster.StartAllAsync();
        string[] found = (await Etcdctl.RunAsync(cluster.Endpoints, "get", "k", "--prefix", "--print-value-only")).TrimEnd().Split('\n');
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), found);
    }

    [Theory, EachEngine]
    public async Task A_leader_that_is_told_to_stop_hands_over(string engine)
    {
        using var cluster = new ThreeMembers { Engine = engine };
        await cluster.StartAllAsync();
        int leader = await cluster.LeaderAsync();
        var watch = Stopwatch.StartNew();
        cluster.Process(leader).Signal("TERM");
        Assert.Equal(0, await cluster.Process(leader).WaitForExitAsync());
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(1.5), $"it was gone after {watch.Elapsed}");
        // Without the hand-over an election takes an election timeout, a second, at least from here.
        await Etcdctl.RunAsync(cluster.Endpoint((leader + 1) % 3), "put", "after", "1");
        Assert.True(watch.Elapsed < TimeSpan.FromSeconds(2), $"the next write was answered after {watch.Elapsed}");
    }

    [Theory, EachEngine]
    public async Task Leadership_moves_where_it_is_told(string engine)
    {
        using var cluster = new ThreeMembers { Engine = engine };
        await cluster.StartAllAsync();
        int leader = await cluster.LeaderAsync();
        int next = (leader + 1) % 3;
        using JsonDocument json = JsonDocument.Parse(await Etcdctl.RunAsync(cluster.Endpoint(next), "endpoint", "status", "-w", "json"));
        ulong target = json.RootElement[0].GetProperty("Status").GetProperty("header").GetProperty("member_id").GetUInt64();
        Assert.Contains("Leadership transferred", await Etcdctl.RunAsync(cluster.Endpoints, "move-leader", $"{target:x}"), StringComparison.Ordinal);
        Assert.Equal(next, await cluster.LeaderAsync());
    }
}
