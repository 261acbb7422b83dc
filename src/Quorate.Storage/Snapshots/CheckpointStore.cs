using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;
using Quorate.Storage.Records;

namespace Quorate.Storage.Snapshots;

/// <summary>Checkpoints and received snapshots on disk. Owner: the storage thread.</summary>
internal sealed class CheckpointStore : ICheckpoints, IInstaller
{
    private readonly IRandomBits random;
    private readonly SortedList<uint, CheckpointShelf> shelves = [];
    private readonly CheckpointWriting writing;
    private readonly SnapshotReceiving receiving;
    private readonly CheckpointReading reading;

    public CheckpointStore(IDisk disk, IRandomBits random, StorageOptions options, ICheckpointEvents events)
    {
        this.random = random;
        Events = events;
        DirectoryName = options.DirectoryName;
        InstalledLog = options.InstalledLog;
        Publisher = new Publisher(disk, this);
        writing = new CheckpointWriting(disk, this);
        receiving = new SnapshotReceiving(disk, this);
        reading = new CheckpointReading(disk, this);
    }

    /// <summary>The log beside it; set before the first request.</summary>
    public SegmentedLog Log { get; set; } = null!;

    /// <summary>Who is told.</summary>
    public ICheckpointEvents Events { get; }

    /// <summary>The directory as refusals call it.</summary>
    public string DirectoryName { get; }

    /// <summary>Publishes and removes.</summary>
    public Publisher Publisher { get; }

    /// <summary>Which log records an installed snapshot leaves.</summary>
    public InstalledLogRule InstalledLog { get; }

    /// <inheritdoc/>
    public SnapshotInfo Latest => ShelfOf(default).Latest;

    /// <inheritdoc/>
    public long LatestBytes => ShelfOf(default).Published?.File.LengthBytes ?? 0;

    /// <summary>The group's shelf, made where it is new.</summary>
    public CheckpointShelf ShelfOf(GroupId group)
    {
        if (!shelves.TryGetValue(group.Value, out CheckpointShelf? shelf))
        {
            shelf = new CheckpointShelf(group);
            shelves.Add(group.Value, shelf);
        }

        return shelf;
    }

    /// <summary>A file for a checkpoint or a snapshot to come.</summary>
    public BlockFile NewFile(GroupId group) => ShelfOf(group).NewFile(random.Next());

    /// <summary>Nothing has been asked for a while: looks again for space that was missing.</summary>
    public void Idle() => Publisher.Idle();

    /// <inheritdoc/>
    public void Write(GroupId group, SnapshotInfo info, ISnapshotSource source) => writing.Begin(group, info, source);

    /// <inheritdoc/>
    public void BeginReceive(GroupId group, SnapshotInfo info, long lengthBytes) => receiving.Begin(group, info, lengthBytes);

    /// <inheritdoc/>
    public void Receive(GroupId group, ReadOnlySpan<byte> bytes) => receiving.Add(bytes);

    /// <inheritdoc/>
    public void EndReceive(GroupId group) => receiving.End();

    /// <inheritdoc/>
    public void AbandonReceive(GroupId group) => receiving.Abandon();

    /// <inheritdoc/>
    public void Open(GroupId group, ulong reader) => reading.Open(group, reader);

    /// <inheritdoc/>
    public void Read(GroupId group, ulong reader, int bytesMax) => reading.Read(group, reader, bytesMax);

    /// <inheritdoc/>
    public void Close(GroupId group, ulong reader) => reading.Close(group, reader);

    /// <summary>Reads the published checkpoint into <paramref name="sink"/>.</summary>
    public void Restore(GroupId group, ISnapshotSink sink, IStorageStart start, Action<DiskFaultException> failed) =>
        reading.Restore(group, sink, start, failed);

    /// <inheritdoc/>
    public LogIndex CheckpointIndex(GroupId group) => ShelfOf(group).Latest.Index;

    /// <inheritdoc/>
    public void Install(GroupLog group, SnapshotInfo snapshot, long durableOffset)
    {
        BlockFile file = receiving.Claim(group.Group, snapshot);
        Publisher.Install(group, ShelfOf(group.Group), snapshot, file, durableOffset);
    }
}
