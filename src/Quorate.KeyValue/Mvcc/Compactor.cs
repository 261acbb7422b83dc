using Quorate.Consensus;
using Quorate.KeyValue.Commands;

namespace Quorate.KeyValue.Mvcc;

/// <summary>
/// Wins back the room of what compactions made dead, in small steps: first the dead versions of each key leave the index, in key order;
/// then neighbouring segments that are half dead or more become one. What is rewritten follows from the log alone: compactions are
/// worked off one after the other, and each looks only at segments that were full when it was applied. When a step runs does not
/// matter to what it leaves. Owner: the apply thread.
/// </summary>
internal sealed unsafe class Compactor(Space space, long finished)
{
    private const int EntriesPerStep = 256;
    private const int TrimsPerStep = 32;
    private const int RecordsPerStep = 64;
    private const int BytesPerStep = 32 << 10;

    private readonly Queue<Job> jobs = new();
    private readonly ByteBuffer keys = new();
    private readonly List<int> keyLengths = [];
    private byte[] nextKey = [];
    private bool trimmed;

    // The group of segments being rewritten, and how far that has come.
    private int at;
    private int groupCount;
    private Segment? target;
    private int sourceIndex;
    private long sourceOffset;

    /// <summary>Up to which compaction no dead version is in the index.</summary>
    public long Trimmed { get; private set; } = finished;

    /// <summary>Up to which compaction all is done.</summary>
    public long Finished { get; private set; } = finished;

    /// <summary>Whether there is anything to do.</summary>
    public bool IsIdle => jobs.Count == 0;

    /// <summary>A compaction was applied.</summary>
    public void Add(long revision)
    {
        ValueLog values = space.Values;
        jobs.Enqueue(new Job(revision, values.Count == 0 ? null : values.Order[values.Count - 1]));
    }

    /// <summary>Does a little: at most some tens of microseconds.</summary>
    public void Step()
    {
        if (jobs.Count == 0)
            return;
        Job job = jobs.Peek();
        if (!trimmed)
            TrimSome(job.Revision);
        else if (groupCount > 0)
            MoveSome(job.Revision);
        else if (!FindGroup(job.Boundary))
            End(job.Revision);
    }

    private void End(long revision)
    {
        jobs.Dequeue();
        Finished = revision;
        trimmed = false;
        nextKey = [];
        at = 0;
    }

    private void TrimSome(long revision)
    {
        keys.Clear();
        keyLengths.Clear();
        KeyRange rest = nextKey.Length == 0 ? KeyRange.All : KeyRange.Of(nextKey, [0]);
        var cursor = new Cursor(space.Tree.Root, rest);
        int seen = 0;
        bool ended = true;
        while (cursor.MoveNext())
        {
            PageEntry entry = cursor.Current;
            if (seen++ == EntriesPerStep || keyLengths.Count == TrimsPerStep)
            {
                nextKey = entry.Key.ToArray();
                ended = false;
                break;
            }

            if (!IndexTree.NeedsTrim(entry, revision))
                continue;
            keys.WriteRaw(entry.Key);
            keyLengths.Add(entry.KeyLength);
        }

        int start = 0;
        foreach (int length in keyLengths)
        {
            space.Tree.Trim(keys.Written.Slice(start, length), revision, space.Values);
            start += length;
        }

        if (!ended)
            return;
        trimmed = true;
        Trimmed = revision;
    }

    /// <summary>Looks for the next segments before <paramref name="boundary"/> that are worth rewriting; false when there are none.</summary>
    private bool FindGroup(Segment? boundary)
    {
        ValueLog values = space.Values;
        while (values.Order[at] != boundary && boundary is not null)
        {
            int end = at;
            long live = 0;
            long used = 0;
            while (values.Order[end] != boundary)
            {
                Segment segment = values.Order[end];
                long segmentLive = segment.UsedBytes - segment.DeadBytes;
                if (live + segmentLive > values.SegmentBytes)
                    break;
                live += segmentLive;
                used += segment.UsedBytes;
                end++;
            }

            if (end > at && live * 2 <= used)
            {
                groupCount = end - at;
                sourceIndex = at;
                sourceOffset = 0;
                target = live == 0 ? null : values.Create(live);
                return true;
            }

            at++;
        }

        return false;
    }

    private void MoveSome(long revision)
    {
        ValueLog values = space.Values;
        int records = 0;
        long bytes = 0;
        while (sourceIndex < at + groupCount)
        {
            Segment source = values.Order[sourceIndex];
            while (sourceOffset < source.UsedBytes)
            {
                if (records++ == RecordsPerStep || bytes >= BytesPerStep)
                    return;
                var record = new Record(source.Start + sourceOffset);
                if (record.DeadSince == 0)
                {
                    Move(record, new RecordAddress(source.Id, sourceOffset, record.IsTombstone));
                    bytes += record.SizeBytes;
                }

                sourceOffset += record.SizeBytes;
            }

            sourceIndex++;
            sourceOffset = 0;
        }

        Invariant.Check(target is null || target.UsedBytes == target.CapacityBytes);
        Invariant.Check(Trimmed == revision);
        values.Replace(at, groupCount, target);
        at += target is null ? 0 : 1;
        target = null;
        groupCount = 0;
    }

    private void Move(Record record, RecordAddress from)
    {
        Segment into = target!;
        int size = record.SizeBytes;
        Invariant.Check(into.Fits(size));
        Buffer.MemoryCopy(record.Address, into.Start + into.UsedBytes, size, size);
        var to = new RecordAddress(into.Id, into.UsedBytes, record.IsTombstone);
        into.UsedBytes += size;
        space.Tree.Move(record.Key, record.Main, from, to);
    }

    /// <summary>One compaction's work: <paramref name="Boundary"/> is the first segment that was not full yet.</summary>
    private sealed record Job(long Revision, Segment? Boundary);
}
