using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Quorate.Replica;
using Quorate.Transport;

namespace Quorate.Hosting;

/// <summary>What a node says in the log. Called on the loop thread.</summary>
internal sealed partial class NodeLog(ILogger logger, INodeObserver observer) : IReplicaObserver, IPeerObserver
{
    private readonly ILogger logger = logger;
    private long checkpointBegun;

    /// <summary>Is told of everything that is noticed.</summary>
    public Action<Notice> Told { get; set; } = static _ => { };

    /// <summary>Is told when nobody can take this member back.</summary>
    public Action NobodyTakesBack { get; set; } = static () => { };

    /// <summary>Ends once start-up has.</summary>
    public TaskCompletionSource Recovered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <inheritdoc/>
    public void Noticed(in Notice notice)
    {
        Say(notice);
        Told(notice);
    }

    /// <inheritdoc/>
    public void Refused(PeerRefused notice) => LogRefused(notice.ToString());

    /// <inheritdoc/>
    public void Linked(PeerLinked notice) => LogLink(notice.ToString());

    /// <inheritdoc/>
    public void Unlinked(PeerUnlinked notice) => LogUnlinked(notice.ToString());

    /// <inheritdoc/>
    public void Unreachable(PeerUnreachable notice) => LogUnlinked(notice.ToString());

    /// <inheritdoc/>
    public void NotAccepted(string cause) => LogUnlinked($"peers cannot be accepted: {cause}");

    /// <inheritdoc/>
    public void NothingToRejoin() => NobodyTakesBack();

    private void Say(in Notice notice)
    {
        switch (notice.Kind)
        {
            case NoticeKind.Recovered:
                Recovered.TrySetResult();
                LogRecovered(notice.Index.ToString());
                break;
            case NoticeKind.AwaitsAllVoters:
                LogAwaitsAll(notice.Cause);
                break;
            case NoticeKind.LeaderChanged:
                LogLeader(notice.Node.IsNone ? "none" : notice.Node.ToString());
                break;
            case NoticeKind.ConfigurationChanged:
                LogConfiguration(notice.Index.ToString(), notice.Cause);
                break;
            case NoticeKind.CheckpointBegun:
                checkpointBegun = Stopwatch.GetTimestamp();
                LogUpkeep(notice.Kind, notice.Index.ToString());
                break;
            case NoticeKind.LogDropped:
                LogUpkeep(notice.Kind, notice.Index.ToString());
                break;
            case NoticeKind.CheckpointPublished:
                observer.CheckpointPublished(Stopwatch.GetElapsedTime(checkpointBegun));
                LogCheckpoint(notice.Index.ToString(), notice.Bytes);
                break;
            case NoticeKind.CheckpointGivenUp:
                LogCheckpointGivenUp(notice.Index.ToString(), notice.Cause);
                break;
            case NoticeKind.SnapshotSending or NoticeKind.SnapshotSent or NoticeKind.SnapshotReceiving or NoticeKind.SnapshotInstalled:
                LogSnapshot(notice.Kind, notice.Node.ToString(), notice.Index.ToString(), notice.Bytes);
                break;
            case NoticeKind.SnapshotNotSent or NoticeKind.SnapshotNotReceived:
                LogSnapshotFailed(notice.Kind, notice.Node.ToString(), notice.Index.ToString(), notice.Cause);
                break;
            case NoticeKind.StalledHandOver:
                LogStalled(notice.Node.ToString());
                break;
            case NoticeKind.DiskFull:
                LogDiskFull();
                break;
            case NoticeKind.DiskHasRoom:
                LogDiskHasRoom();
                break;
            default:
                LogMalformed(notice.Node.ToString(), notice.Bytes);
                break;
        }
    }

    [LoggerMessage(1, LogLevel.Error, "the node stops: {Cause}")]
    public partial void LogFatal(string cause, Exception? exception);

    [LoggerMessage(2, LogLevel.Information, "recovered the log up to {Index}")]
    private partial void LogRecovered(string index);

    [LoggerMessage(3, LogLevel.Information, "leader is {Leader}")]
    private partial void LogLeader(string leader);

    [LoggerMessage(4, LogLevel.Information, "configuration at {Index} is {Configuration}")]
    private partial void LogConfiguration(string index, string configuration);

    [LoggerMessage(5, LogLevel.Debug, "{Kind} at {Index}")]
    private partial void LogUpkeep(NoticeKind kind, string index);

    [LoggerMessage(6, LogLevel.Information, "published a checkpoint at {Index} ({Bytes} bytes)")]
    private partial void LogCheckpoint(string index, long bytes);

    [LoggerMessage(7, LogLevel.Warning, "gave up the checkpoint at {Index}: {Cause}")]
    private partial void LogCheckpointGivenUp(string index, string cause);

    [LoggerMessage(8, LogLevel.Information, "{Kind}: member {Member}, index {Index} ({Bytes} bytes)")]
    private partial void LogSnapshot(NoticeKind kind, string member, string index, long bytes);

    [LoggerMessage(9, LogLevel.Warning, "{Kind}: member {Member}, index {Index}: {Cause}")]
    private partial void LogSnapshotFailed(NoticeKind kind, string member, string index, string cause);

    [LoggerMessage(10, LogLevel.Warning, "the disk is stalled: leadership goes to member {Member}")]
    private partial void LogStalled(string member);

    [LoggerMessage(11, LogLevel.Warning, "dropped a malformed frame of member {Member} ({Bytes} bytes)")]
    private partial void LogMalformed(string member, long bytes);

    [LoggerMessage(12, LogLevel.Warning, "{Notice}")]
    private partial void LogRefused(string notice);

    [LoggerMessage(13, LogLevel.Information, "{Notice}")]
    private partial void LogLink(string notice);

    [LoggerMessage(14, LogLevel.Warning, "{Notice}")]
    private partial void LogUnlinked(string notice);

    [LoggerMessage(15, LogLevel.Warning, "the disk is full: no room for another log segment; writes are refused here until there is")]
    private partial void LogDiskFull();

    [LoggerMessage(17, LogLevel.Information, "the first leader is elected once all voters of {Configuration} are there")]
    private partial void LogAwaitsAll(string configuration);

    [LoggerMessage(16, LogLevel.Information, "the disk has room again: writes are taken")]
    private partial void LogDiskHasRoom();
}
