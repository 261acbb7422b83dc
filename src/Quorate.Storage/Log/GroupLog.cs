using Quorate.Consensus;

namespace Quorate.Storage.Records;

/// <summary>What the log knows of one group.</summary>
internal sealed class GroupLog(GroupId group)
{
    public GroupId Group { get; } = group;

    /// <summary>Where its surviving entries lie.</summary>
    public IndexTable Index { get; } = new();

    /// <summary>The newest epoch found in the log at start.</summary>
    public Epoch Newest { get; set; }

    /// <summary>Records before this log offset, with an index up to <see cref="CutIndex"/>, were replaced by an installed snapshot.</summary>
    public long CutOffset { get; set; }

    /// <summary>See <see cref="CutOffset"/>.</summary>
    public LogIndex CutIndex { get; set; }

    /// <summary>The core has no use for entries up to here.</summary>
    public LogIndex Dropped { get; private set; }

    /// <summary>The last write whose bytes are in a flush.</summary>
    public WriteNumber Taken { get; set; }

    /// <summary>The last write reported durable.</summary>
    public WriteNumber Durable { get; set; }

    /// <summary>Whether a snapshot has replaced this record.</summary>
    public bool IsCut(in RecordHeader header) => header.Offset < CutOffset && header.Index <= CutIndex;

    /// <summary>Entries up to <paramref name="upTo"/> are of no more use, now and ever.</summary>
    public void Drop(LogIndex upTo)
    {
        Dropped = LogIndex.Max(Dropped, upTo);
        Index.Drop(upTo);
    }

    /// <summary>Whether a segment can go as far as this group's entries in it reach: each was dropped, or replaced by an installed snapshot.</summary>
    public bool CanLose(Segment segment, GroupReach reach) =>
        reach.Index <= Dropped || (segment.Limit <= CutOffset && reach.Index <= CutIndex);

    /// <summary>Takes a record that was read back.</summary>
    public void Replay(in RecordHeader header)
    {
        if (header.Kind == RecordKind.TruncateAfter)
        {
            Index.TruncateAfter(header.Index);
        }
        else if (header.Kind == RecordKind.Entry)
        {
            if (header.Epoch > Newest)
                Newest = header.Epoch;
            if (!IsCut(header))
                Index.Set(header.Index, header.Offset);
        }
    }
}
