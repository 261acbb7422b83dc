using System.Globalization;
using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Quorate.Protocol.Etcdserverpb;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary><c>--quota-backend-bytes</c>: the alarm that stops writes, and the way out of it.</summary>
public sealed class QuotaTests
{
    private const string NoSpace = "etcdserver: mvcc: database space exceeded";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory, EachEngine]
    public async Task A_full_store_refuses_writes_until_it_is_compacted_and_the_alarm_disarmed(string engine)
    {
        using var directory = new TemporaryDirectory();
        using var member = ServerProcess.Start(
            "--data-dir", directory["m1"], "--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:0", "--quota-backend-bytes=53248", $"--consensus={engine}");
        (JsonElement line, _) = await member.WaitForAsync("serving client traffic insecurely");
        string endpoint = line.GetProperty("address").GetString()!;
        using GrpcChannel channel = GrpcChannel.ForAddress($"http://{endpoint}");
        int answered = await FillAsync(channel);
        Assert.InRange(answered, 10, 14);

        // What adds nothing is still taken; what adds something is refused by any call.
        using JsonDocument status = JsonDocument.Parse(await Etcdctl.RunAsync(endpoint, "endpoint", "status", "-w", "json"));
        JsonElement said = status.RootElement[0].GetProperty("Status");
        ulong self = said.GetProperty("header").GetProperty("member_id").GetUInt64();
        Assert.Equal($"memberID:{self} alarm:NOSPACE", said.GetProperty("errors")[0].GetString());
        Assert.Equal($"memberID:{self} alarm:NOSPACE \n", await Etcdctl.RunAsync(endpoint, "alarm", "list"));
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"health":"false","reason":"ALARM NOSPACE"}"""), await GetAsync(endpoint, "/health"));
        Assert.Equal((HttpStatusCode.OK, """{"health":"true","reason":""}"""), await GetAsync(endpoint, "/health?exclude=NOSPACE"));
        Assert.Contains(
            $"etcd_debugging_server_alarms{{alarm_type=\"NOSPACE\",server_id=\"{self:x}\"}} 1", (await GetAsync(endpoint, "/metrics")).Body, StringComparison.Ordinal);
        (int code, _, string error) = await Etcdctl.TryAsync(endpoint, "\n\nput small 1\n\n\n", "txn");
        Assert.NotEqual(0, code);
        Assert.Contains(NoSpace, error, StringComparison.Ordinal);
        Assert.Equal("k0", (await Etcdctl.RunAsync(endpoint, "get", "k0", "--keys-only")).TrimEnd());
        Assert.Equal("1\n", await Etcdctl.RunAsync(endpoint, "del", "k0"));

        // To disarm alone does not help: the next put raises it again.
        Assert.Equal($"memberID:{self} alarm:NOSPACE \n", await Etcdctl.RunAsync(endpoint, "alarm", "disarm"));
        await FillAsync(channel);
        Assert.Equal($"{answered - 1}\n", await Etcdctl.RunAsync(endpoint, "del", "k", "--prefix"));
        long revision = said.GetProperty("header").GetProperty("revision").GetInt64() + 2;
        await Etcdctl.RunAsync(endpoint, "compaction", $"{revision}");
        await Etcdctl.RunAsync(endpoint, "defrag");
        await Etcdctl.RunAsync(endpoint, "alarm", "disarm");
        Assert.Equal("", await Etcdctl.RunAsync(endpoint, "alarm", "list"));
        Assert.Equal("OK\n", await Etcdctl.RunAsync(endpoint, "put", "again", "1"));
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(endpoint, "/health")).Status);
    }

    [Theory, EachEngine]
    public async Task All_members_refuse_alike_and_after_a_restart_too(string engine)
    {
        using var cluster = new ThreeMembers("--quota-backend-bytes=100000") { Engine = engine };
        await cluster.StartAllAsync();
        using (GrpcChannel channel = GrpcChannel.ForAddress($"http://{cluster.Endpoint(0)}"))
            await FillAsync(channel);
        await ExpectRefusedAsync(cluster);
        await Task.WhenAll(Enumerable.Range(0, 3).Select(i => cluster.Process(i).KillAsync()));
        await cluster.StartAllAsync();
        await ExpectRefusedAsync(cluster);

        await Etcdctl.RunAsync(cluster.Endpoint(1), "del", "k", "--prefix");
        await Etcdctl.RunAsync(cluster.Endpoint(1), "compaction", await RevisionAsync(cluster.Endpoint(1)), "--physical");
        await Etcdctl.RunAsync(cluster.Endpoints, "defrag");
        await Etcdctl.RunAsync(cluster.Endpoint(1), "alarm", "disarm");
        for (int i = 0; i < 3; i++)
            Assert.Equal("OK\n", await Etcdctl.RunAsync(cluster.Endpoint(i), "put", "again", "1"));
    }

    private static async Task ExpectRefusedAsync(ThreeMembers cluster)
    {
        for (int i = 0; i < 3; i++)
        {
            (int code, _, string error) = await Etcdctl.TryAsync(cluster.Endpoint(i), null, "put", "small", "1");
            Assert.NotEqual(0, code);
            Assert.Contains(NoSpace, error, StringComparison.Ordinal);
        }
    }

    private static async Task<string> RevisionAsync(string endpoint)
    {
        using JsonDocument json = JsonDocument.Parse(await Etcdctl.RunAsync(endpoint, "get", "k", "-w", "json"));
        return json.RootElement.GetProperty("header").GetProperty("revision").GetInt64().ToString(CultureInfo.InvariantCulture);
    }

    /// <summary>Puts until that is refused for want of space.</summary>
    /// <returns>How many were taken.</returns>
    private static async Task<int> FillAsync(GrpcChannel channel)
    {
        var client = new KV.KVClient(channel);
        var value = ByteString.CopyFrom(new byte[4096]);
        for (int i = 0; i < 1000; i++)
        {
            try
            {
                await client.PutAsync(
                    new PutRequest { Key = ByteString.CopyFromUtf8($"k{i}"), Value = value }, deadline: DateTime.UtcNow.AddSeconds(10), cancellationToken: Stop);
            }
            catch (RpcException refused) when (refused.StatusCode == StatusCode.ResourceExhausted)
            {
                Assert.Equal(NoSpace, refused.Status.Detail);
                return i;
            }
        }

        Assert.Fail("nothing was refused");
        return 0;
    }

    private static async Task<(HttpStatusCode Status, string Body)> GetAsync(string endpoint, string path)
    {
        using var client = new HttpClient();
        using HttpResponseMessage response = await client.GetAsync($"http://{endpoint}{path}", Stop);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Stop));
    }
}
