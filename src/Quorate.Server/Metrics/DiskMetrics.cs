using Quorate.Hosting;

namespace Quorate.Server.Metrics;

/// <summary>What a member counts of its disk, under etcd's names.</summary>
internal sealed class DiskMetrics : INodeObserver
{
    private readonly Histogram syncs = new(Histogram.Exponential(0.001, 2, 14));
    private readonly Histogram writes = new(Histogram.Exponential(0.001, 2, 14));
    private readonly Histogram checkpoints = new(Histogram.Exponential(0.001, 2, 14));
    private readonly Counter writtenBytes = new();

    /// <inheritdoc/>
    public void Synced(TimeSpan took) => syncs.Observe(took);

    /// <inheritdoc/>
    public void Wrote(long bytes, TimeSpan took)
    {
        writtenBytes.Add(bytes);
        writes.Observe(took);
    }

    /// <inheritdoc/>
    public void CheckpointPublished(TimeSpan took) => checkpoints.Observe(took);

    /// <summary>Adds them.</summary>
    public void Write(MetricsPage page)
    {
        page.Histogram("etcd_disk_wal_fsync_duration_seconds", "The latency distributions of fsync called by WAL.", syncs);
        page.Histogram("etcd_disk_wal_write_duration_seconds", "The latency distributions of write called by WAL.", writes);
        page.Gauge("etcd_disk_wal_write_bytes_total", "Total number of bytes written in WAL.", writtenBytes.Value);
        page.Histogram(
            "etcd_disk_backend_commit_duration_seconds", "The latency distributions of commit called by backend: a checkpoint's here.", checkpoints);
    }
}
