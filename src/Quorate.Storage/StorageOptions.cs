using Quorate.Consensus;

namespace Quorate.Storage;

/// <summary>Whose data directory it is. Written once, when the directory is made; checked at each start.</summary>
/// <param name="ClusterId">The cluster; 0 when asked for: as stored.</param>
/// <param name="Member">The member; none when asked for: as stored.</param>
/// <param name="Engine">The engine's name: <c>raft</c>, <c>multipaxos</c>.</param>
/// <param name="Name">The member's name, for people; not compared. At most 1024 bytes of UTF-8.</param>
public sealed record StorageIdentity(ulong ClusterId, NodeId Member, string Engine, string Name);

/// <summary>How storage is laid out and bounded.</summary>
public sealed record StorageOptions
{
    /// <summary>Whose directory it should be.</summary>
    public required StorageIdentity Identity { get; init; }

    /// <summary>The configuration before the log's first entry, for a directory that is made; one that is there has its own.</summary>
    public Configuration FirstConfiguration { get; init; } = Configuration.Empty;

    /// <summary>The directory as refusals call it.</summary>
    public string DirectoryName { get; init; } = "data directory";

    /// <summary>Bytes of a log segment, a multiple of 4096, at least 64 KiB. May differ from one start to the next.</summary>
    public int SegmentBytes { get; init; } = 64 << 20;

    /// <summary>Bytes of the first segment of a new directory at most: a fresh member is not kept waiting until a large one is full of zeros.</summary>
    public int FirstSegmentBytes { get; init; } = 4 << 20;

    /// <summary>
    /// Bytes written between two syncs at most, and so what a power cut can tear; a multiple of 4096. A payload larger than
    /// <see cref="PayloadBytesMax"/> goes alone, into a segment made for it.
    /// </summary>
    public int FlushBytesMax { get; init; } = 8 << 20;

    /// <summary>Segments kept for reuse at most; more are deleted.</summary>
    public int SparesMax { get; init; } = 4;

    /// <summary>Which log records an installed snapshot leaves.</summary>
    public InstalledLogRule InstalledLog { get; init; } = InstalledLogRule.KeepIfMatched;

    /// <summary>
    /// Bytes of the largest payload that fits a segment of the usual size in any case; a member proposes none that is larger. The log takes larger
    /// ones: another member's segments may be.
    /// </summary>
    public int PayloadBytesMax => Math.Min(FlushBytesMax, SegmentBytes / 2) - 4096;
}
