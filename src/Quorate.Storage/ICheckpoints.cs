using Quorate.Consensus;

namespace Quorate.Storage;

/// <summary>
/// Checkpoints and received snapshots, as the replica loop sees them. One checkpoint is written, and one snapshot received, at a time.
/// Answers come back by <see cref="ICheckpointEvents"/>, never from within the call.
/// </summary>
public interface ICheckpoints
{
    /// <summary>The published checkpoint; <see cref="LogIndex.Zero"/> when there is none.</summary>
    SnapshotInfo Latest { get; }

    /// <summary>Its size in bytes; 0 when there is none.</summary>
    long LatestBytes { get; }

    /// <summary>Writes <paramref name="source"/> as the checkpoint of <paramref name="info"/> and publishes it. The log is durable through it.</summary>
    void Write(GroupId group, SnapshotInfo info, ISnapshotSource source);

    /// <summary>Begins to receive a snapshot; what an unfinished one left is removed.</summary>
    void BeginReceive(GroupId group, SnapshotInfo info, long lengthBytes);

    /// <summary>
    /// The next bytes of it, in order; copied before the call returns. <see cref="ICheckpointEvents.Taken"/> says when they are written, so that the
    /// sender can be paced by the disk.
    /// </summary>
    void Receive(GroupId group, ReadOnlySpan<byte> bytes);

    /// <summary>All bytes were given: syncs and checks it. It is not published before an <see cref="LogWriteKind.Install"/> names it.</summary>
    void EndReceive(GroupId group);

    /// <summary>Gives up the snapshot being received and removes it.</summary>
    void AbandonReceive(GroupId group);

    /// <summary>Opens the published checkpoint to be read by pieces; it stays whole while open, also when a newer one is published.</summary>
    void Open(GroupId group, ulong reader);

    /// <summary>Reads the next piece, up to <paramref name="bytesMax"/>.</summary>
    void Read(GroupId group, ulong reader, int bytesMax);

    /// <summary>Done with a reader.</summary>
    void Close(GroupId group, ulong reader);
}

/// <summary>What checkpoints have to say. Called on the storage thread; a host carries it to the loop as events, in order.</summary>
public interface ICheckpointEvents
{
    /// <summary>A checkpoint is published; it takes <paramref name="lengthBytes"/>.</summary>
    void Published(GroupId group, SnapshotInfo info, long lengthBytes);

    /// <summary>A checkpoint was given up, without harm: the disk is full.</summary>
    void GivenUp(GroupId group, SnapshotInfo info, string cause);

    /// <summary>The bytes of one <see cref="ICheckpoints.Receive"/> are written: <paramref name="totalBytes"/> of the snapshot so far.</summary>
    void Taken(GroupId group, long totalBytes);

    /// <summary>The snapshot lies whole, checked and synced beside the published one.</summary>
    void Received(GroupId group, SnapshotInfo info);

    /// <summary>The snapshot being received was given up: the disk is full, or it is damaged.</summary>
    void ReceiveFailed(GroupId group, SnapshotInfo info, string cause);

    /// <summary>A reader is open on this checkpoint.</summary>
    void Opened(GroupId group, ulong reader, SnapshotInfo info, long lengthBytes);

    /// <summary>The next piece; an empty one is the end. A new array each time.</summary>
    void Piece(GroupId group, ulong reader, byte[] bytes);
}
