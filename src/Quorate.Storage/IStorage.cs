using Quorate.Consensus;

namespace Quorate.Storage;

/// <summary>
/// An opened data directory. Order at start: <c>StorageStack.Open</c>; on <see cref="IStorageStart.Opened"/> <see cref="Restore"/> where there is
/// a checkpoint, then <see cref="Recover"/>; from <see cref="IStorageStart.Recovered"/> on the log takes writes. Owner: the storage thread.
/// </summary>
public interface IStorage
{
    /// <summary>Whose directory it is.</summary>
    StorageIdentity Identity { get; }

    /// <summary>This life of the directory.</summary>
    InstanceId Instance { get; }

    /// <summary>How often the directory has been started, this start included; durable.</summary>
    uint StartCount { get; }

    /// <summary>The configuration before the log's first entry, as it was when the directory was made.</summary>
    Configuration FirstConfiguration { get; }

    /// <summary>The log.</summary>
    ILog Log { get; }

    /// <summary>Checkpoints and received snapshots.</summary>
    ICheckpoints Checkpoints { get; }

    /// <summary>The hard state a group starts with: the file's, raised to the newest epoch in the log.</summary>
    HardState HardStateOf(GroupId group);

    /// <summary>Reads the published checkpoint into <paramref name="sink"/>, whose <see cref="ISnapshotSink.Complete"/> is left to the caller.</summary>
    void Restore(GroupId group, ISnapshotSink sink);

    /// <summary>Reads the group's log from its beginning: each surviving record, in the order written, by <see cref="IStorageStart.Record"/>.</summary>
    void Recover(GroupId group);

    /// <summary>
    /// Nothing has been asked for a heartbeat or so: writes the durable mark where it is not on disk yet, and looks again for space
    /// that was missing. Cheap when there is nothing to do.
    /// </summary>
    void Idle();
}

/// <summary>What a start of the storage leads to. Called on the storage thread, never from within the call that asked.</summary>
public interface IStorageStart
{
    /// <summary>The directory is open; all that the log and hard state hold is durable.</summary>
    void Opened(IStorage storage);

    /// <summary>All pieces of the checkpoint are in the sink.</summary>
    void Restored(GroupId group);

    /// <summary>A record that survives: neither truncated, overwritten nor replaced by a snapshot. The bytes are borrowed for the call.</summary>
    void Record(GroupId group, in RecoveredRecord record, ReadOnlySpan<byte> payload);

    /// <summary>All records were given.</summary>
    void Recovered(GroupId group);

    /// <summary>The directory cannot be used, or its checkpoint not be read: nothing else follows. Of a directory that was not opened no file is open.</summary>
    void Refused(StorageRefusedException why);
}

/// <summary>What stands beside a recovered payload.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Kind">Its kind.</param>
/// <param name="Checksum">CRC32C of the payload, checked.</param>
public readonly record struct RecoveredRecord(LogIndex Index, Epoch Epoch, EntryKind Kind, uint Checksum);
