using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Directories;

namespace Quorate.Storage.Records;

/// <summary>What a start has found and made durable, for the log to go on from.</summary>
internal sealed record LogParts(SegmentStore Segments, GroupSet Groups, HardStateBook HardState, DiskFile HardStateFile);

/// <summary>Puts a received snapshot in the place of the checkpoint, for the log.</summary>
internal interface IInstaller
{
    /// <summary>The index of the group's published checkpoint.</summary>
    LogIndex CheckpointIndex(GroupId group);

    /// <summary>Publishes the received snapshot; the log is durable up to <paramref name="durableOffset"/>. Ends in <c>SegmentedLog.Installed</c>.</summary>
    void Install(GroupLog group, SnapshotInfo snapshot, long durableOffset);
}
