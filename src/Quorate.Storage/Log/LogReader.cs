using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Records;

/// <summary>
/// Reads records back: entries that a core asks for, and the whole of a group's log at start. Segments are taken out by jobs of the same
/// runner, so none goes while it is read.
/// </summary>
internal sealed class LogReader
{
    private const int WindowBytes = 256 << 10;

    private readonly SegmentedLog log;
    private readonly SegmentStore segments;
    private readonly JobRunner runner;
    private readonly SegmentWindow window;

    public LogReader(IDisk disk, SegmentedLog log, SegmentStore segments)
    {
        this.log = log;
        this.segments = segments;
        runner = new JobRunner(disk);
        Calls = new DiskCalls(runner, background: true);
        window = new SegmentWindow(Calls, WindowBytes);
    }

    /// <summary>The requests of this runner's jobs.</summary>
    public DiskCalls Calls { get; }

    /// <summary>Queues a job that must not overlap reads.</summary>
    public void Run(IEnumerable<DiskRequest?> job) => runner.Add(job, fault => log.Fail(fault.Message));

    /// <summary>The log has become durable further on.</summary>
    public void Wake() => runner.Wake();

    /// <summary>Answers by Loaded or Missing.</summary>
    public void Load(GroupLog group, LoadRequest request) => Run(LoadSteps(group, request));

    /// <summary>Answers by Record and Recovered.</summary>
    public void Replay(GroupLog group, IStorageStart start) => Run(ReplaySteps(group, start));

    /// <summary>Reads the epoch of a durable entry; the entry lies above the checkpoint, so its segment stays.</summary>
    public static IEnumerable<DiskRequest?> FindEpoch(
        DiskCalls calls, SegmentStore segments, GroupLog group, LogIndex index, EpochFound found)
    {
        long offset = group.Index.Find(index);
        if (offset == 0)
            yield break;
        Segment segment = segments.Find(offset);
        int position = (int)(offset - segment.Base);
        byte[] bytes = new byte[RecordHeader.SizeBytes];
        yield return calls.Read(segment.File, position, bytes);
        calls.Expect($"reading {segment.Path}");
        bool whole = RecordHeader.TryRead(bytes, segment.Life, segment.Base, segment.Limit, out RecordHeader header);
        if (!whole || header.Offset != offset || header.Index != index)
            throw Rot(segment, position, $"entry {index}");
        found.Epoch = header.Epoch;
    }

    private IEnumerable<DiskRequest?> LoadSteps(GroupLog group, LoadRequest request)
    {
        var entries = new List<LoadedEntry>();
        byte[] bytes = [];
        int used = 0;
        window.Reset();
        yield return Calls.Later();
        for (LogIndex index = request.From; index <= request.To; index = index.Next)
        {
            while (group.Index.Find(index) >= log.Durable && entries.Count == 0)
                yield return null; // on its way to the disk
            long offset = group.Index.Find(index);
            if (offset == 0 || offset >= log.Durable)
                break;
            Segment segment = segments.Find(offset);
            int position = (int)(offset - segment.Base);
            if (!window.Has(segment, position, RecordHeader.SizeBytes))
            {
                yield return window.Move(segment, position, RecordHeader.SizeBytes, ReadableOf(segment));
                window.Moved();
            }

            RecordHeader header = Expect(segment, position, group.Group, index);
            if (entries.Count > 0 && used + header.Length > request.BytesMax)
                break;
            if (!window.Has(segment, position, header.RecordBytes))
            {
                yield return window.Move(segment, position, header.RecordBytes, ReadableOf(segment));
                window.Moved();
            }

            Take(segment, position, header, ref bytes, used);
            entries.Add(new LoadedEntry(header.Index, header.Epoch, header.EntryKind, used, header.Length, header.PayloadChecksum));
            used += header.Length;
        }

        if (entries.Count == 0)
            log.Events.Missing(group.Group, request.Ticket);
        else
            log.Events.Loaded(group.Group, request.Ticket, entries, bytes);
    }

    private IEnumerable<DiskRequest?> ReplaySteps(GroupLog group, IStorageStart start)
    {
        yield return Calls.Later();
        window.Reset();
        for (int i = 0; i < segments.Live.Count; i++)
        {
            Segment segment = segments.Live[i];
            for (int position = Segment.HeaderBytes; position < segment.End;)
            {
                if (!window.Has(segment, position, RecordHeader.SizeBytes))
                {
                    yield return window.Move(segment, position, RecordHeader.SizeBytes, ReadableOf(segment));
                    window.Moved();
                }

                RecordHeader header = Read(segment, position);
                bool survives = header.Kind == RecordKind.Entry && header.Group == group.Group
                    && group.Index.Find(header.Index) == header.Offset;
                if (survives && !window.Has(segment, position, header.RecordBytes))
                {
                    yield return window.Move(segment, position, header.RecordBytes, ReadableOf(segment));
                    window.Moved();
                }

                if (survives)
                    Give(segment, position, header, group.Group, start);
                position += header.RecordBytes;
            }
        }

        start.Recovered(group.Group);
    }

    /// <summary>Nothing beyond is read: it may be in the middle of being written.</summary>
    private int ReadableOf(Segment segment) => (int)Math.Min(log.Durable - segment.Base, segment.End);

    private RecordHeader Expect(Segment segment, int position, GroupId group, LogIndex index)
    {
        RecordHeader header = Read(segment, position);
        if (header.Kind != RecordKind.Entry || header.Group != group || header.Index != index)
            throw Rot(segment, position, $"entry {index}");
        return header;
    }

    private RecordHeader Read(Segment segment, int position)
    {
        bool whole = RecordHeader.TryRead(
            window.At(position, RecordHeader.SizeBytes), segment.Life, segment.Base, segment.Limit, out RecordHeader header);
        if (!whole || header.Offset != segment.Base + position || position + header.RecordBytes > segment.End)
            throw Rot(segment, position, "a record's header");
        return header;
    }

    private ReadOnlySpan<byte> Payload(Segment segment, int position, in RecordHeader header)
    {
        ReadOnlySpan<byte> payload = window.At(position + RecordHeader.SizeBytes, header.Length);
        if (Crc32C.Of(payload) != header.PayloadChecksum)
            throw Rot(segment, position, $"entry {header.Index} of epoch {header.Epoch}");
        return payload;
    }

    private void Take(Segment segment, int position, in RecordHeader header, ref byte[] bytes, int used)
    {
        ReadOnlySpan<byte> payload = Payload(segment, position, header);
        if (bytes.Length < used + payload.Length)
            Array.Resize(ref bytes, Math.Max(used + payload.Length, bytes.Length * 2));
        payload.CopyTo(bytes.AsSpan(used));
    }

    private void Give(Segment segment, int position, in RecordHeader header, GroupId group, IStorageStart start) => start.Record(
        group,
        new RecoveredRecord(header.Index, header.Epoch, header.EntryKind, header.PayloadChecksum),
        Payload(segment, position, header));

    private static DiskFaultException Rot(Segment segment, int position, string what) => new(
        DiskError.None,
        $"log segment {segment.Path} is damaged at offset {position} (log offset {segment.Base + position}): {what}; replace this member");
}

/// <summary>The answer to <see cref="LogReader.FindEpoch"/>.</summary>
internal sealed class EpochFound
{
    /// <summary>Null: the log does not hold the entry.</summary>
    public Epoch? Epoch { get; set; }
}
