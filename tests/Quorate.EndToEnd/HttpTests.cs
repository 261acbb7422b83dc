using System.Net;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>Plain HTTP on the port that speaks gRPC, on Raft.</summary>
public sealed class HttpOnRaftTests(OneRaftMember member) : HttpTests(member), IClassFixture<OneRaftMember>;

/// <summary>Plain HTTP on the port that speaks gRPC, on Multi-Paxos.</summary>
public sealed class HttpOnMultiPaxosTests(OneMultiPaxosMember member) : HttpTests(member), IClassFixture<OneMultiPaxosMember>;

/// <summary>Plain HTTP on the port that speaks gRPC.</summary>
public abstract class HttpTests(OneMember member)
{
    private async Task<(HttpStatusCode Status, string Body)> GetAsync(string path, Version version)
    {
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://{member.Endpoint}{path}")
        {
            Version = version,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Health_and_version(string version)
    {
        Assert.Equal((HttpStatusCode.OK, """{"health":"true","reason":""}"""), await GetAsync("/health", new Version(version)));
        Assert.Equal((HttpStatusCode.OK, """{"health":"true","reason":""}"""), await GetAsync("/health?serializable=true", new Version(version)));
        Assert.Equal(
            (HttpStatusCode.OK, """{"etcdserver":"3.7.1","etcdcluster":"3.7.0","storage":"3.7.0"}"""), await GetAsync("/version", new Version(version)));
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/nothing", new Version(version))).Status);
    }

    [Fact]
    public async Task The_metrics_port_answers_metrics_and_health_and_nothing_else()
    {
        using var directory = new TemporaryDirectory();
        int port = ServerProcess.FreePorts(1)[0];
        using var server = ServerProcess.Start(
            "--data-dir", directory["m1"], "--listen-client-urls=http://127.0.0.1:0", "--advertise-client-urls=http://127.0.0.1:2379",
            "--listen-peer-urls=http://127.0.0.1:0", $"--listen-metrics-urls=http://127.0.0.1:{port}", $"--consensus={member.Engine}");
        await server.WaitForAsync("ready to serve client requests");
        using var client = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        CancellationToken stop = TestContext.Current.CancellationToken;
        Assert.Contains("etcd_server_has_leader 1", await client.GetStringAsync("/metrics", stop), StringComparison.Ordinal);
        Assert.Contains("true", await client.GetStringAsync("/health", stop), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync(new Uri("/version", UriKind.Relative), stop)).StatusCode);
        (int code, _, _) = await Etcdctl.TryAsync($"127.0.0.1:{port}", null, "--dial-timeout=1s", "--command-timeout=2s", "get", "k");
        Assert.NotEqual(0, code);
    }

    [Fact]
    public async Task Metrics_have_etcds_names_and_right_values()
    {
        await Etcdctl.RunAsync(member.Endpoint, "put", "metric", "1");
        (_, string page) = await GetAsync("/metrics", new Version(1, 1));
        string[] lines = page.Split('\n');
        Assert.Contains("etcd_server_has_leader 1", lines);
        Assert.Contains("etcd_server_is_leader 1", lines);
        Assert.Contains("etcd_server_quota_backend_bytes 2147483648", lines);
        Assert.Contains("etcd_cluster_version{cluster_version=\"3.7\"} 1", lines);
        Assert.Contains("grpc_server_handled_total{grpc_code=\"OK\",grpc_method=\"Put\",grpc_service=\"etcdserverpb.KV\",grpc_type=\"unary\"} 1", lines);
        Assert.Contains("grpc_server_handled_total{grpc_code=\"Canceled\",grpc_method=\"Watch\",grpc_service=\"etcdserverpb.Watch\",grpc_type=\"bidi_stream\"} 0", lines);
        Assert.Contains("etcd_debugging_mvcc_keys_total 1", lines);
        Assert.Contains("etcd_mvcc_put_total 1", lines);
        Assert.Contains("etcd_mvcc_delete_total 0", lines);
        Assert.Contains("etcd_mvcc_txn_total 0", lines);
        Assert.Contains("etcd_debugging_mvcc_total_put_size_in_bytes 7", lines);
        Assert.Contains(lines, l => l.StartsWith("etcd_disk_wal_fsync_duration_seconds_bucket{le=\"0.001\"} ", StringComparison.Ordinal));
        Assert.DoesNotContain("etcd_disk_wal_fsync_duration_seconds_count 0", lines);
        Assert.DoesNotContain("etcd_disk_wal_write_bytes_total 0", lines);
        Assert.Contains("etcd_disk_backend_commit_duration_seconds_count 0", lines);
        Assert.Contains(lines, l => l.StartsWith("process_resident_memory_bytes ", StringComparison.Ordinal));
    }
}
