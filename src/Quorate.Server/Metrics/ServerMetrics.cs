using System.Collections.Concurrent;
using Grpc.Core;
using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Quorate.Server.Rpc;
using Quorate.Server.Services;

namespace Quorate.Server.Metrics;

/// <summary>What a member counts, and the page that shows it under etcd's names.</summary>
internal sealed class ServerMetrics(ServerOptions options)
{
    private readonly ConcurrentDictionary<(string Type, string Version), Counter> clientRequests = new();

    /// <summary>What is counted of the disk.</summary>
    public DiskMetrics Disk { get; } = new();

    /// <summary>Bytes of request messages.</summary>
    public Counter ReceivedBytes { get; } = new();

    /// <summary>Bytes of reply messages.</summary>
    public Counter SentBytes { get; } = new();

    /// <summary>New leaders seen.</summary>
    public Counter LeaderChanges { get; } = new();

    /// <summary>/health answered true.</summary>
    public Counter HealthSuccesses { get; } = new();

    /// <summary>/health answered false.</summary>
    public Counter HealthFailures { get; } = new();

    /// <summary>Scrapes of this page, answered.</summary>
    public Counter Scrapes { get; } = new();

    /// <summary>A call has come.</summary>
    public void CountClientRequest(RpcMethod method, RpcCall call)
    {
        string type = method.Type == MethodType.Unary ? "unary" : "stream";
        string version = call.Metadata("client-api-version") ?? "unknown";
        // A client can say anything: what would make the page grow without bound is counted as one.
        if (clientRequests.Count > 64 && !clientRequests.ContainsKey((type, version)))
            version = "unknown";
        clientRequests.GetOrAdd((type, version), static _ => new Counter()).Increment();
    }

    /// <summary>The page.</summary>
    public string Write(MemberState member, RpcTable table)
    {
        var page = new MetricsPage();
        if (member.IsStarted)
        {
            WriteServer(page, member, member.Node.Status);
            WriteStore(page, member);
            PeerMetrics.Write(page, member.Self, member.Node.PeerCounters);
        }

        Disk.Write(page);
        WriteNetwork(page);
        WriteCalls(page, table);
        page.Begin("quorate_build_info", "gauge", "Quorate's own version.");
        page.Line("quorate_build_info", $"version=\"{ServerCommandLine.QuorateVersion}\"", 1);
        ProcessMetrics.Write(page);
        page.Begin("promhttp_metric_handler_requests_total", "counter", "Total number of scrapes by HTTP status code.");
        page.Line("promhttp_metric_handler_requests_total", "code=\"200\"", Scrapes.Value);
        return page.ToString();
    }

    private void WriteServer(MetricsPage page, MemberState member, NodeStatus status)
    {
        page.Gauge("etcd_server_has_leader", "Whether or not a leader exists. 1 is existence, 0 is not.", status.Leader.IsNone ? 0 : 1);
        page.Gauge("etcd_server_is_leader", "Whether or not this member is a leader. 1 if is, 0 otherwise.", status.Role == CoreRole.Leader ? 1 : 0);
        page.Gauge("etcd_server_is_learner", "Whether or not this member is a learner. 1 if is, 0 otherwise.", member.IsLearner ? 1 : 0);
        page.Counter("etcd_server_leader_changes_seen_total", "The number of leader changes seen.", LeaderChanges.Value);
        page.Gauge("etcd_server_proposals_committed_total", "The total number of consensus proposals committed.", status.Commit.Value);
        page.Gauge("etcd_server_proposals_applied_total", "The total number of consensus proposals applied.", status.Applied.Value);
        page.Gauge("etcd_server_proposals_pending", "The current number of pending proposals to commit.", status.Replica.OpenProposals);
        page.Counter("etcd_server_proposals_failed_total", "The total number of failed proposals seen.", member.Failures);
        page.Gauge(
            "etcd_server_quota_backend_bytes",
            "Current backend storage quota size in bytes.",
            options.QuotaBytes == long.MaxValue ? 0 : options.QuotaBytes);
        page.Begin("etcd_server_id", "gauge", "Server or member ID in hexadecimal format. 1 for 'server_id' label with current ID.");
        page.Line("etcd_server_id", $"server_id=\"{member.Self}\"", 1);
        page.Begin("etcd_server_version", "gauge", "Which version is running. 1 for 'server_version' label with current version.");
        page.Line("etcd_server_version", $"server_version=\"{ServerCommandLine.EtcdVersion}\"", 1);
        page.Begin("etcd_cluster_version", "gauge", "Which version is running. 1 for 'cluster_version' label with current cluster version");
        page.Line("etcd_cluster_version", $"cluster_version=\"{ServerCommandLine.ClusterVersion[..3]}\"", 1);
        page.Counter("etcd_server_health_success", "The total number of successful health checks", HealthSuccesses.Value);
        page.Counter("etcd_server_health_failures", "The total number of failed health checks", HealthFailures.Value);
        page.Begin("etcd_server_client_requests_total", "counter", "The total number of client requests per client version.");
        foreach (((string type, string version), Counter counter) in clientRequests.OrderBy(c => c.Key))
            page.Line("etcd_server_client_requests_total", $"client_api_version=\"{Escape(version)}\",type=\"{type}\"", counter.Value);
    }

    private static void WriteStore(MetricsPage page, MemberState member)
    {
        page.Gauge("etcd_mvcc_db_total_size_in_bytes", "Total size of the underlying database physically allocated in bytes.", member.Store.DbSize);
        page.Gauge(
            "etcd_mvcc_db_total_size_in_use_in_bytes",
            "Total size of the underlying database logically in use in bytes.",
            member.Store.DbSizeInUse);
        OperationCounts operations = member.Store.Operations;
        page.Counter("etcd_mvcc_delete_total", "Total number of deletes seen by this member.", operations.Deletes);
        page.Counter("etcd_mvcc_put_total", "Total number of puts seen by this member.", operations.Puts);
        page.Counter("etcd_mvcc_range_total", "Total number of ranges seen by this member.", operations.Ranges);
        page.Counter("etcd_mvcc_txn_total", "Total number of txns seen by this member.", operations.Txns);
        page.Gauge("etcd_debugging_mvcc_total_put_size_in_bytes", "The total size of put kv pairs seen by this member.", operations.PutBytes);
        page.Gauge("etcd_debugging_mvcc_keys_total", "Total number of keys.", member.Store.KeyCount);
        page.Gauge("etcd_debugging_mvcc_current_revision", "The current revision of store.", member.Store.Revision);
        page.Gauge("etcd_debugging_mvcc_compact_revision", "The revision of the last compaction in store.", Math.Max(0, member.Store.CompactedRevision));
        page.Begin("etcd_debugging_server_alarms", "gauge", "Alarms for every member in cluster. 1 for 'server_id' label with current ID. 2 for 'alarm_type' label with type of this alarm");
        foreach (Alarm alarm in member.Store.Alarms.All)
            page.Line("etcd_debugging_server_alarms", $"alarm_type=\"{alarm.Kind.Word()}\",server_id=\"{alarm.Member:x}\"", 1);
    }

    private void WriteNetwork(MetricsPage page)
    {
        page.Counter("etcd_network_client_grpc_received_bytes_total", "The total number of bytes received from grpc clients.", ReceivedBytes.Value);
        page.Counter("etcd_network_client_grpc_sent_bytes_total", "The total number of bytes sent to grpc clients.", SentBytes.Value);
    }

    private void WriteCalls(MetricsPage page, RpcTable table)
    {
        page.Begin("grpc_server_started_total", "counter", "Total number of RPCs started on the server.");
        foreach (RpcMethod method in table.All)
            page.Line("grpc_server_started_total", Labels(method), method.Started.Value);
        page.Begin("grpc_server_handled_total", "counter", "Total number of RPCs completed on the server, regardless of success or failure.");
        foreach (RpcMethod method in table.All)
        {
            for (int code = 0; code < method.Handled.Count; code++)
            {
                string name = (StatusCode)code == StatusCode.Cancelled ? "Canceled" : ((StatusCode)code).ToString();
                page.Line("grpc_server_handled_total", $"grpc_code=\"{name}\",{Labels(method)}", method.Handled[code].Value);
            }
        }

        if (!options.ExtensiveMetrics)
            return;
        page.Begin(
            "grpc_server_handling_seconds",
            "histogram",
            "Histogram of response latency (seconds) of gRPC that had been application-level handled by the server.");
        foreach (RpcMethod method in table.All)
            page.Lines("grpc_server_handling_seconds", Labels(method), method.Seconds);
    }

    private static string Labels(RpcMethod method) =>
        $"grpc_method=\"{method.Name}\",grpc_service=\"{method.Service}\",grpc_type=\"{method.TypeLabel}\"";

    private static string Escape(string label) => label
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal);
}
