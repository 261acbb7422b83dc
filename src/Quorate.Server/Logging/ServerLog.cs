using Microsoft.Extensions.Logging;

namespace Quorate.Server.Logging;

#pragma warning disable SYSLIB1015 // Fields stand beside the message, not in it: that is what etcd's lines look like.

/// <summary>What a member says. The texts are etcd's where tools wait for them.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1, LogLevel.Information, "starting an etcd server")]
    public static partial void Starting(
        this ILogger log, string etcdVersion, string quorateVersion, string name, string dataDir, bool initialized, string consensus, int heartbeatMs, int electionMs,
        IEnumerable<string> listenClientUrls, IEnumerable<string> advertiseClientUrls, IEnumerable<string> listenPeerUrls,
        string initialCluster, string initialClusterState, string initialClusterToken, long snapshotCount, int snapshotCatchupEntries,
        long quotaBackendBytes, string v2Deprecation);

    [LoggerMessage(2, LogLevel.Information, "started as member {localMemberId} of cluster {clusterId}")]
    public static partial void Started(this ILogger log, string localMemberId, string clusterId, string instance);

    [LoggerMessage(3, LogLevel.Information, "published local member to cluster through raft")]
    public static partial void Published(this ILogger log, string localMemberId, string localMemberName, string clusterId);

    [LoggerMessage(4, LogLevel.Information, "ready to serve client requests")]
    public static partial void Ready(this ILogger log, string name, long startMs);

    [LoggerMessage(5, LogLevel.Information, "serving client traffic insecurely; this is strongly discouraged!")]
    public static partial void ServingInsecurely(this ILogger log, string address, string traffic);

    [LoggerMessage(6, LogLevel.Information, "received signal; shutting down")]
    public static partial void Signal(this ILogger log, string signal);

    [LoggerMessage(7, LogLevel.Information, "closed etcd server")]
    public static partial void Closed(this ILogger log, string name, string dataDir);

    [LoggerMessage(9, LogLevel.Warning, "{warning}")]
    public static partial void Warn(this ILogger log, string warning);

    [LoggerMessage(10, LogLevel.Critical, "{cause}")]
    public static partial void Fatal(this ILogger log, string cause);

    [LoggerMessage(11, LogLevel.Warning, "request stats")]
    public static partial void SlowRequest(this ILogger log, string method, string remote, double timeSpentMs, long requestSize, long responseSize);

    [LoggerMessage(12, LogLevel.Error, "a call ended by a fault of the server")]
    public static partial void CallFault(this ILogger log, string method, string cause);

    [LoggerMessage(13, LogLevel.Debug, "publishing this member's name waits: {cause}")]
    public static partial void PublishWaits(this ILogger log, string cause);

    [LoggerMessage(17, LogLevel.Information, "a voter again, as a new instance")]
    public static partial void Rejoined(this ILogger log, string localMemberId, string instance);

    [LoggerMessage(15, LogLevel.Warning, "alarm raised")]
    public static partial void AlarmRaised(this ILogger log, string alarm, string from, long dbSizeInUse, long quotaBytes);

    [LoggerMessage(16, LogLevel.Warning, "the alarm could not be raised: {cause}")]
    public static partial void AlarmNotRaised(this ILogger log, string alarm, string cause);

    [LoggerMessage(17, LogLevel.Debug, "{trace}")]
    public static partial void Trace(this ILogger log, string trace);
}
