using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Quorate.Protocol.Etcdserverpb;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>
/// Leaders that are killed or stopped while clients at all members write. When and how often they are killed: <see cref="KillSchedule"/>.
/// </summary>
public sealed class FailoverTests(ITestOutputHelper output)
{
    private const int WritesPerSecond = 500;
    private static readonly TimeSpan OutageMax = TimeSpan.FromSeconds(3);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, EachEngine]
    public async Task Kills_of_the_leader_lose_nothing_and_are_over_soon(string engine)
    {
        using var cluster = new ThreeMembers { Engine = engine };
        await cluster.StartAllAsync();
        var schedule = new KillSchedule();
        var outages = new List<TimeSpan>();
        await using var load = new WriteLoad([.. Enumerable.Range(0, 3).Select(cluster.Endpoint)], writersEach: 16);
        foreach (TimeSpan moment in schedule.Moments)
        {
            await LoadIsOnAsync(load);
            int leader = await cluster.LeaderAsync();
            await KillSchedule.ReachAsync(moment, Stop);
            cluster.Process(leader).Kill();
            outages.Add(await load.NextAnswerAsync());
            await cluster.Process(leader).WaitForExitAsync();
            cluster.Start(leader);
            await cluster.Process(leader).WaitForAsync("ready to serve client requests");
        }

        await load.StopAsync();
        outages.Sort();
        string seen = string.Create(
            CultureInfo.InvariantCulture,
            $"{engine}, {outages.Count} kills of seed {schedule.Seed}: next answered write after {outages[outages.Count / 2].TotalMilliseconds:f0} ms in the median, {outages[^1].TotalMilliseconds:f0} ms at worst; {load.Answered.Count} writes answered, {load.Unknown} unknown");
        output.WriteLine(seen);
        Assert.True(outages[^1] <= OutageMax, seen);
        for (int member = 0; member < 3; member++)
            await ExpectAllAsync(cluster.Endpoint(member), load);
    }

    [Theory, EachEngine]
    public async Task A_leader_that_was_stopped_serves_no_stale_read_when_it_wakes(string engine)
    {
        using var cluster = new ThreeMembers { Engine = engine };
        await cluster.StartAllAsync();
        int leader = await cluster.LeaderAsync();
        using GrpcChannel stopped = GrpcChannel.ForAddress($"http://{cluster.Endpoint(leader)}");
        using GrpcChannel other = GrpcChannel.ForAddress($"http://{cluster.Endpoint((leader + 1) % 3)}");
        var reads = new KV.KVClient(stopped);
        long old = (await PutUntilAnsweredAsync(other, "x", "old")).Header.Revision;
        Assert.Equal(old, await ReadAsync(reads)); // the connection is open, and the leader has served reads

        cluster.Process(leader).Signal("STOP");
        var since = Stopwatch.StartNew();
        long written;
        do
            written = (await PutUntilAnsweredAsync(other, "x", "new")).Header.Revision;
        while (since.Elapsed < TimeSpan.FromSeconds(5));

        // These lie in its socket when it wakes, as do its own queues.
        List<Task<long>> waiting = [.. Enumerable.Range(0, 50).Select(_ => ReadAsync(reads))];
        cluster.Process(leader).Signal("CONT");
        for (int i = 0; i < 200; i++)
            waiting.Add(ReadAsync(reads));
        long[] found = await Task.WhenAll(waiting);
        Assert.All(found, revision => Assert.True(revision == 0 || revision >= written, $"{revision} was read after {written} was answered"));
        await cluster.Process(leader).WaitForAsync("leader is");
        Assert.Contains(written, await ReadsUntilOneIsAnsweredAsync(reads));
    }

    [Theory, EachEngine]
    public async Task A_member_that_was_away_catches_up_by_log(string engine)
    {
        using var cluster = new ThreeMembers { Engine = engine };
        await cluster.StartAllAsync();
        int away = ((await cluster.LeaderAsync()) + 1) % 3;
        await cluster.Process(away).KillAsync();
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{cluster.Endpoint((away + 1) % 3)}");
        for (int i = 0; i < 200; i++)
            await PutUntilAnsweredAsync(channel, $"k{i:d3}", "v");
        cluster.Start(away);
        await cluster.Process(away).WaitForAsync("ready to serve client requests");
        Assert.Equal(200, await CountAsync(cluster.Endpoint(away), "k"));
        Assert.DoesNotContain(cluster.Process(away).Lines, l => l.Contains("SnapshotInstalled", StringComparison.Ordinal));
    }

    [Theory, EachEngine]
    public async Task A_member_that_was_away_too_long_catches_up_by_snapshot(string engine)
    {
        using var cluster = new ThreeMembers("--snapshot-count=10", "--snapshot-catchup-entries=5") { Engine = engine };
        await cluster.StartAllAsync();
        int leader = await cluster.LeaderAsync();
        int away = (leader + 1) % 3;
        await cluster.Process(away).KillAsync();
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{cluster.Endpoint(leader)}");
        // A checkpoint begins when the log has grown by 64 MiB; what lies before it is dropped then.
        string value = new('v', 1 << 20);
        for (int i = 0; i < 80; i++)
            await PutUntilAnsweredAsync(channel, $"k{i:d3}", value);
        await cluster.Process(leader).WaitForAsync("published a checkpoint");
        cluster.Start(away);
        await cluster.Process(away).WaitForAsync("SnapshotInstalled");
        Assert.Equal(80, await CountAsync(cluster.Endpoint(away), "k"));
        // Started again it has everything, and learns what is committed though nobody writes.
        await cluster.Process(away).KillAsync();
        cluster.Start(away);
        await cluster.Process(away).WaitForAsync("ready to serve client requests");
        Assert.Equal(80, await CountAsync(cluster.Endpoint(away), "k"));
    }

    /// <summary>Waits until a second's worth of load was answered within a second.</summary>
    private static async Task LoadIsOnAsync(WriteLoad load)
    {
        var patience = Stopwatch.StartNew();
        TimeSpan took;
        do
        {
            took = await load.WaitForAsync(WritesPerSecond);
            Assert.True(patience.Elapsed < ServerProcess.Patience, $"{WritesPerSecond} writes take {took}: this machine is too slow for the test");
        }
        while (took > TimeSpan.FromSeconds(1));
    }

    private static async Task ExpectAllAsync(string endpoint, WriteLoad load)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{endpoint}", new GrpcChannelOptions { MaxReceiveMessageSize = null });
        var client = new KV.KVClient(channel);
        var found = new Dictionary<string, long>();
        var range = new RangeRequest { Key = ByteString.CopyFromUtf8("w/"), RangeEnd = ByteString.CopyFromUtf8("w0"), Limit = 10_000 };
        RangeResponse page;
        do
        {
            page = await client.RangeAsync(range, deadline: DateTime.UtcNow + ServerProcess.Patience, cancellationToken: Stop);
            foreach (Protocol.Mvccpb.KeyValue pair in page.Kvs)
            {
                Assert.Equal(pair.Key, pair.Value);
                Assert.Equal(1, pair.Version);
                found.Add(pair.Key.ToStringUtf8(), pair.ModRevision);
            }

            if (page.Kvs.Count > 0)
                range.Key = ByteString.CopyFrom([.. page.Kvs[^1].Key.Span, 0]);
        }
        while (page.More);

        foreach ((string key, long revision) in load.Answered)
        {
            Assert.True(found.TryGetValue(key, out long there), $"{endpoint}: {key}, answered at revision {revision}, is missing");
            Assert.Equal(revision, there);
        }
    }

    /// <summary>To put the same again does no harm, so a put that ends as unknown may be tried again.</summary>
    private async Task<PutResponse> PutUntilAnsweredAsync(GrpcChannel channel, string key, string value)
    {
        var client = new KV.KVClient(channel);
        var put = new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(value) };
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                return await client.PutAsync(put, deadline: DateTime.UtcNow.AddSeconds(10), cancellationToken: Stop);
            }
            catch (RpcException failed) when (failed.StatusCode == StatusCode.Unavailable && watch.Elapsed < ServerProcess.Patience)
            {
                output.WriteLine($"{key}: {failed.Status.Detail}");
            }
        }
    }

    /// <summary>The revision at which x was last written, 0 when the read was refused.</summary>
    private static async Task<long> ReadAsync(KV.KVClient client)
    {
        try
        {
            RangeResponse range = await client.RangeAsync(
                new RangeRequest { Key = ByteString.CopyFromUtf8("x") }, deadline: DateTime.UtcNow.AddSeconds(20), cancellationToken: Stop);
            return range.Kvs[0].ModRevision;
        }
        catch (RpcException failed) when (failed.StatusCode == StatusCode.Unavailable)
        {
            return 0;
        }
    }

    private static async Task<List<long>> ReadsUntilOneIsAnsweredAsync(KV.KVClient client)
    {
        var found = new List<long>();
        var watch = Stopwatch.StartNew();
        while (found.All(revision => revision == 0) && watch.Elapsed < ServerProcess.Patience)
            found.Add(await ReadAsync(client));
        return found;
    }

    private static async Task<long> CountAsync(string endpoint, string prefix)
    {
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{endpoint}");
        var range = new RangeRequest { Key = ByteString.CopyFromUtf8(prefix), RangeEnd = ByteString.CopyFromUtf8(prefix + "~"), CountOnly = true };
        return (await new KV.KVClient(channel).RangeAsync(range, deadline: DateTime.UtcNow + ServerProcess.Patience, cancellationToken: Stop)).Count;
    }
}
