using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Records;

/// <summary>
/// Makes what was read at start true of the disk: records above the durable mark are written again and synced (they may have come from
/// the page cache), and what a power cut may have left behind the log's end is erased, before anything is appended.
/// </summary>
internal sealed class LogRepair(DiskCalls calls, IReadOnlyList<Segment> segments, int lastSegment, long durable)
{
    private const int PieceBytes = 1 << 20;

    private readonly SegmentWindow window = new(calls, PieceBytes);
    private readonly byte[] identity = new byte[RecordHeader.SizeBytes];

    /// <summary>Does it.</summary>
    public IEnumerable<DiskRequest?> Run()
    {
        for (int i = 0; i <= lastSegment; i++)
        {
            Segment segment = segments[i];
            bool isLast = i == lastSegment;
            if (segment.EndOffset <= durable && !isLast)
                continue;
            foreach (DiskRequest? request in Rewrite(segment))
                yield return request;
            if (isLast)
            {
                foreach (DiskRequest? request in Erase(segment))
                    yield return request;
            }

            yield return calls.Sync(segment.File);
            calls.Expect($"syncing {segment.Path}");
        }
    }

    private IEnumerable<DiskRequest?> Rewrite(Segment segment)
    {
        int position = (int)Math.Clamp(durable - segment.Base, Segment.HeaderBytes, segment.End);
        while (position < segment.End)
        {
            if (!window.Has(segment, position, RecordHeader.SizeBytes))
            {
                yield return window.Move(segment, position, RecordHeader.SizeBytes, segment.SizeBytes);
                window.Moved();
            }

            RecordHeader header = HeaderAt(segment, position);
            if (!window.Has(segment, position, header.RecordBytes))
            {
                yield return window.Move(segment, position, header.RecordBytes, segment.SizeBytes);
                window.Moved();
            }

            yield return calls.Write(segment.File, position, window.MemoryAt(position, header.RecordBytes));
            calls.Expect($"writing {segment.Path} again");
            window.At(position, RecordHeader.SizeBytes).CopyTo(identity);
            yield return calls.Write(segment.File, segment.IdentityAt(header.Ordinal), identity);
            calls.Expect($"writing {segment.Path} again");
            position += header.RecordBytes;
        }
    }

    private RecordHeader HeaderAt(Segment segment, int position)
    {
        bool whole = RecordHeader.TryRead(
            window.At(position, RecordHeader.SizeBytes), segment.Life, segment.Base, segment.Limit, out RecordHeader header);
        Invariant.Check(whole && header.Offset == segment.Base + position); // the scan has seen it; a mark lies between records
        return header;
    }

    /// <summary>
    /// Zeros as far as one flush reaches, whatever a read shows there: after a failed sync the page cache may show zeros that the
    /// disk has not got.
    /// </summary>
    private IEnumerable<DiskRequest?> Erase(Segment segment)
    {
        int identityLimit = segment.IdentityAt(segment.Records - 1);
        int identityStart = Math.Max(segment.End, identityLimit - segment.FlushBytesMax);
        int recordsLimit = Math.Min(identityStart, segment.End + segment.FlushBytesMax);
        foreach (DiskRequest? request in Zero(segment, segment.End, recordsLimit))
            yield return request;
        foreach (DiskRequest? request in Zero(segment, identityStart, identityLimit))
            yield return request;
    }

    private IEnumerable<DiskRequest?> Zero(Segment segment, int from, int to)
    {
        byte[] zeros = new byte[Math.Clamp(to - from, 0, PieceBytes)];
        while (from < to)
        {
            int count = Math.Min(to - from, zeros.Length);
            yield return calls.Write(segment.File, from, zeros.AsMemory(0, count));
            calls.Expect($"erasing the end of {segment.Path}");
            from += count;
        }
    }
}
