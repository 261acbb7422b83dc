using System.Diagnostics;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Quorate.Protocol.Etcdserverpb;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>Disks that are full or read-only.</summary>
public sealed class DiskTests
{
    private static string[] Arguments(SmallDisk disk, string engine) =>
    [
        "--data-dir", Path.Combine(disk.Path, "m1"), "--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379",
        "--listen-peer-urls=http://127.0.0.1:0", $"--consensus={engine}",
    ];

    private static async Task<string> FatalAsync(SmallDisk disk, string engine)
    {
        using var process = ServerProcess.Start(Arguments(disk, engine));
        Assert.Equal(1, await process.WaitForExitAsync());
        Assert.All(process.Lines, l => Assert.StartsWith("{", l, StringComparison.Ordinal));
        using JsonDocument json = JsonDocument.Parse(process.Lines[^1]);
        Assert.Equal("fatal", json.RootElement.GetProperty("level").GetString());
        return json.RootElement.GetProperty("msg").GetString()!;
    }

    [Theory, EachEngine]
    public async Task A_disk_without_room_for_the_log_is_refused(string engine)
    {
        using var disk = new SmallDisk(16);
        string cause = await FatalAsync(disk, engine);
        Assert.Contains(disk.Path, cause, StringComparison.Ordinal);
        Assert.Contains("no space left", cause, StringComparison.Ordinal);
    }

    [Theory, EachEngine]
    public async Task A_disk_that_fills_refuses_writes_at_once_and_takes_them_again_when_there_is_room(string engine)
    {
        // Two log segments of 64 MiB fit: the one being filled and the next.
        using var disk = new SmallDisk(150);
        using var member = ServerProcess.Start(Arguments(disk, engine));
        (JsonElement line, _) = await member.WaitForAsync("serving client traffic insecurely");
        string endpoint = line.GetProperty("address").GetString()!;
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{endpoint}");
        var client = new KV.KVClient(channel);
        var value = ByteString.CopyFrom(new byte[1 << 20]);
        int answered = 0;
        RpcException? refused = null;
        while (refused is null)
        {
            try
            {
                await client.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8($"k{answered}"), Value = value }, Soon);
                Assert.True(++answered < 150, "more was taken than fits");
            }
            catch (RpcException full)
            {
                refused = full;
            }
        }

        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal("etcdserver: mvcc: database space exceeded", refused.Status.Detail);
        await member.WaitForAsync("the disk is full");
        RangeResponse all = await client.RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8("k"), RangeEnd = ByteString.CopyFromUtf8("l"), CountOnly = true }, Soon);
        Assert.Equal(answered, all.Count);

        disk.Remount("size=400m");
        await member.WaitForAsync("the disk has room again");
        await client.PutAsync(new PutRequest { Key = ByteString.CopyFromUtf8("after"), Value = value }, Soon);
        Assert.False(member.HasExited);
    }

    [Theory, EachEngine]
    public async Task A_cluster_goes_on_when_its_leaders_disk_fills(string engine)
    {
        using var disk = new SmallDisk(150);
        using var cluster = new ThreeMembers { Engine = engine, Directories = { [0] = Path.Combine(disk.Path, "m1") } };
        await cluster.StartAllAsync();
        await LeadAsync(cluster, 0);
        using GrpcChannel full = GrpcChannel.ForAddress($"http://{cluster.Endpoint(0)}");
        using GrpcChannel other = GrpcChannel.ForAddress($"http://{cluster.Endpoint(1)}");
        int refused = 0;
        for (int i = 0; i < 90; i++)
            refused += await IsTakenAsync(other, $"k{i}") ? 0 : 1;

        await cluster.Process(0).WaitForAsync("the disk is full");
        Assert.Equal(0, refused);
        Assert.NotEqual(0, await cluster.LeaderAsync());
        Assert.False(await IsTakenAsync(full, "here"));
        Assert.True(await IsTakenAsync(other, "there"));

        disk.Remount("size=600m");
        await cluster.Process(0).WaitForAsync("the disk has room again");
        Assert.True(await IsTakenAsync(full, "here"));
    }

    [Theory, EachEngine]
    public async Task A_leader_refuses_writes_at_once_when_no_quorum_has_room(string engine)
    {
        using var second = new SmallDisk(150);
        using var third = new SmallDisk(150);
        using var cluster = new ThreeMembers
        {
            Engine = engine,
            Directories = { [1] = Path.Combine(second.Path, "m2"), [2] = Path.Combine(third.Path, "m3") },
        };
        await cluster.StartAllAsync();
        await LeadAsync(cluster, 0);
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{cluster.Endpoint(0)}");
        var client = new KV.KVClient(channel);
        var put = new PutRequest { Key = ByteString.CopyFromUtf8("k"), Value = ByteString.CopyFrom(new byte[1 << 20]) };
        RpcException? refused = null;
        for (int i = 0; refused?.StatusCode != StatusCode.ResourceExhausted; i++)
        {
            Assert.True(i < 160, "more was taken than a quorum has room for");
            try
            {
                await client.PutAsync(put, deadline: DateTime.UtcNow.AddSeconds(20), cancellationToken: TestContext.Current.CancellationToken);
            }
            catch (RpcException failed)
            {
                // What was under way when the disks filled waits for room, and ends as unknown.
                refused = failed;
            }
        }

        Assert.Equal("etcdserver: mvcc: database space exceeded", refused!.Status.Detail);
        refused = await Assert.ThrowsAsync<RpcException>(async () => await client.PutAsync(put, Soon));
        Assert.Equal(StatusCode.ResourceExhausted, refused.StatusCode);
        Assert.Equal(1, (await client.RangeAsync(new RangeRequest { Key = put.Key, CountOnly = true }, Soon)).Count);

        third.Remount("size=600m");
        await cluster.Process(2).WaitForAsync("the disk has room again");
        // The leader hears of it with the next heartbeat's answer.
        var watch = Stopwatch.StartNew();
        while (!await IsTakenAsync(channel, "after"))
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(5), "no write is taken though a quorum has room");
    }

    private static async Task LeadAsync(ThreeMembers cluster, int member)
    {
        int leader = await cluster.LeaderAsync();
        if (leader == member)
            return;
        await Etcdctl.RunAsync(cluster.Endpoint(leader), "move-leader", await cluster.IdAsync(member));
    }

    private static async Task<bool> IsTakenAsync(GrpcChannel channel, string key)
    {
        var put = new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFrom(new byte[1 << 20]) };
        try
        {
            await new KV.KVClient(channel).PutAsync(
                put, deadline: DateTime.UtcNow.AddSeconds(20), cancellationToken: TestContext.Current.CancellationToken);
            return true;
        }
        // A write under way while leadership moves may end with its outcome unknown.
        catch (RpcException failed) when (failed.StatusCode is StatusCode.ResourceExhausted or StatusCode.Unavailable)
        {
            return false;
        }
    }

    // Below the seven seconds after which a request that nobody answers times out.
    private static CallOptions Soon => new(deadline: DateTime.UtcNow.AddSeconds(3), cancellationToken: TestContext.Current.CancellationToken);

    [Theory, EachEngine]
    public async Task A_read_only_disk_is_refused(string engine)
    {
        using var disk = new SmallDisk(200);
        using (var member = ServerProcess.Start(Arguments(disk, engine)))
        {
            await member.WaitForAsync("ready to serve client requests");
            member.Signal("TERM");
            await member.WaitForExitAsync();
        }

        disk.Remount("ro");
        string cause = await FatalAsync(disk, engine);
        Assert.Contains(disk.Path, cause, StringComparison.Ordinal);
        Assert.Contains("read-only", cause, StringComparison.Ordinal);
        disk.Remount("rw");
        using var again = ServerProcess.Start(Arguments(disk, engine));
        await again.WaitForAsync("ready to serve client requests");
    }
}
