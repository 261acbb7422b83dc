using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Records;

/// <summary>
/// Reads the segments at start, finds where the log ends and how far it is known durable, and tells a torn end from rot:
/// below the highest durable offset found every record must be whole; above it the log ends at its first bad record.
/// </summary>
internal sealed class LogScan(DiskCalls calls, GroupSet groups, IReadOnlyList<Segment> segments, long knownDurable)
{
    private const int WindowBytes = 1 << 20;
    private const int IdentityWindowBytes = 256 << 10;

    private readonly SegmentWindow window = new(calls, WindowBytes);
    private readonly SegmentWindow identities = new(calls, IdentityWindowBytes);
    private Unnamed? unnamed; // the first record whose identity is not its header's

    /// <summary>The segment in which the log ends.</summary>
    public int LastSegment { get; private set; }

    /// <summary>The log is known durable up to here: the checkpoint's and the hard state's word, and that of every record found.</summary>
    public long Durable { get; private set; } = knownDurable;

    /// <summary>Reads all of it.</summary>
    public IEnumerable<DiskRequest?> Run()
    {
        for (int i = 0; i < segments.Count; i++)
        {
            Segment segment = segments[i];
            LastSegment = i;
            var end = new SegmentEnd();
            foreach (DiskRequest? request in ReadRecords(segment, end))
                yield return request;
            if (end.Sealed)
                continue;
            foreach (DiskRequest? request in LookBehind(i))
                yield return request;
            if (Durable > segment.EndOffset)
            {
                foreach (DiskRequest? request in Refuse(segment))
                    yield return request;
            }

            ExpectIdentities();
            yield break;
        }

        Segment last = segments[LastSegment];
        throw new DiskFaultException(
            DiskError.None, $"log segment {Segment.PathOf(last.Sequence + 1)} is missing: {last.Path} goes on in it; replace this member");
    }

    private IEnumerable<DiskRequest?> ReadRecords(Segment segment, SegmentEnd end)
    {
        while (!end.Sealed)
        {
            if (segment.End + RecordHeader.SizeBytes > segment.IdentityAt(segment.Records))
                yield break;
            if (!window.Has(segment, segment.End, RecordHeader.SizeBytes))
            {
                yield return window.Move(segment, segment.End, RecordHeader.SizeBytes, segment.SizeBytes);
                window.Moved();
            }

            if (!IsNext(segment, out RecordHeader header))
                yield break;
            if (!window.Has(segment, segment.End, header.RecordBytes))
            {
                yield return window.Move(segment, segment.End, header.RecordBytes, segment.SizeBytes);
                window.Moved();
            }

            if (Crc32C.Of(window.At(segment.End + RecordHeader.SizeBytes, header.Length)) != header.PayloadChecksum)
            {
                // Its header is whole, so what it says of durability holds, whatever became of the payload.
                Durable = Math.Max(Durable, header.Durable);
                yield break;
            }

            int at = segment.IdentityAt(header.Ordinal);
            if (!identities.Has(segment, at, RecordHeader.SizeBytes))
            {
                // They lie downwards from the far end, so the window ends where it is asked for.
                int from = Math.Max(0, at + RecordHeader.SizeBytes - IdentityWindowBytes);
                yield return identities.Move(segment, from, at + RecordHeader.SizeBytes - from, at + RecordHeader.SizeBytes);
                identities.Moved();
            }

            Compare(segment, header);
            Take(segment, header);
            end.Sealed = header.Kind == RecordKind.Seal;
        }
    }

    private bool IsNext(Segment segment, out RecordHeader header) =>
        RecordHeader.TryRead(
            window.At(segment.End, RecordHeader.SizeBytes), segment.Life, segment.Base, segment.Limit, out header)
        && header.Offset == segment.EndOffset
        && header.Ordinal == segment.Records
        && segment.End + header.RecordBytes <= segment.IdentityAt(segment.Records);

    /// <summary>Of record and identity either may be torn while they are not known durable; below the mark they are equal.</summary>
    private void Compare(Segment segment, in RecordHeader header)
    {
        ReadOnlySpan<byte> identity = identities.At(segment.IdentityAt(header.Ordinal), RecordHeader.SizeBytes);
        if (unnamed is null && !identity.SequenceEqual(window.At(segment.End, RecordHeader.SizeBytes)))
            unnamed = new Unnamed(segment, header);
    }

    private void ExpectIdentities()
    {
        if (unnamed is not { } bad || bad.Header.Offset >= Durable)
            return;
        int at = bad.Segment.IdentityAt(bad.Header.Ordinal);
        throw new DiskFaultException(
            DiskError.None,
            $"log segment {bad.Segment.Path} is damaged at offset {at}: the identity of {Name(bad.Header)} is not its record's. "
            + $"The log was durable up to log offset {Durable}, so this is no torn end; replace this member");
    }

    private void Take(Segment segment, in RecordHeader header)
    {
        Durable = Math.Max(Durable, header.Durable);
        segment.End += header.RecordBytes;
        segment.Records++;
        if (header.Kind == RecordKind.Entry)
            segment.Note(header.Group, header.Index, header.Epoch);
        if (header.Kind is RecordKind.Entry or RecordKind.TruncateAfter)
            groups.Of(header.Group).Replay(header);
    }

    /// <summary>Whatever lies behind the first bad record and is whole tells how far the log was durable when it was written.</summary>
    private IEnumerable<DiskRequest?> LookBehind(int at)
    {
        foreach (DiskRequest? request in Sweep(segments[at], segments[at].End, segments[at].SizeBytes))
            yield return request;

        // Records of a later segment say that this one was durable whole; the first or last of them suffice to know.
        for (int i = at + 1; i < segments.Count; i++)
        {
            Segment later = segments[i];
            int part = Math.Min(WindowBytes, later.SizeBytes);
            foreach (DiskRequest? request in Sweep(later, 0, part))
                yield return request;
            foreach (DiskRequest? request in Sweep(later, later.SizeBytes - part, later.SizeBytes))
                yield return request;
        }
    }

    private IEnumerable<DiskRequest?> Sweep(Segment segment, int from, int to)
    {
        for (int position = from; position < to;)
        {
            int count = Math.Min(WindowBytes, to - position);
            if (!window.Has(segment, position, count))
            {
                yield return window.Move(segment, position, count, segment.SizeBytes);
                window.Moved();
            }

            SweepWindow(segment, position, count);
            position += count;
        }
    }

    private void SweepWindow(Segment segment, int position, int count)
    {
        ReadOnlySpan<byte> bytes = window.At(position, count);
        for (int at = 0; at + RecordHeader.SizeBytes <= count; at += RecordHeader.SizeBytes)
        {
            if (!RecordHeader.TryRead(bytes[at..], segment.Life, segment.Base, segment.Limit, out RecordHeader header))
                continue;
            bool isRecord = header.Offset == segment.Base + position + at;
            bool isIdentity = segment.IdentityAt(header.Ordinal) == position + at;
            if (isRecord || isIdentity)
                Durable = Math.Max(Durable, header.Durable);
        }
    }

    /// <summary>Names what is damaged, by its identity, which lies apart from it.</summary>
    private IEnumerable<DiskRequest?> Refuse(Segment segment)
    {
        int at = segment.IdentityAt(segment.Records);
        yield return window.Move(segment, at, RecordHeader.SizeBytes, segment.SizeBytes);
        window.Moved();
        bool known = RecordHeader.TryRead(
            window.At(at, RecordHeader.SizeBytes), segment.Life, segment.Base, segment.Limit, out RecordHeader identity)
            && identity.Offset == segment.EndOffset;
        string what = known ? Name(identity) : "a record whose identity is damaged too";
        throw new DiskFaultException(
            DiskError.None,
            $"log segment {segment.Path} is damaged at offset {segment.End} (log offset {segment.EndOffset}): {what}. "
            + $"The log was durable up to log offset {Durable}, so this is no torn end; replace this member");
    }

    private static string Name(in RecordHeader header) =>
        header.Kind == RecordKind.Entry ? $"entry {header.Index} of epoch {header.Epoch}" : "a record without an entry";

    private sealed record Unnamed(Segment Segment, RecordHeader Header);

    private sealed class SegmentEnd
    {
        public bool Sealed { get; set; }
    }
}
