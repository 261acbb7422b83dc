using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Records;

/// <summary>
/// The segment files: the live ones in order, one prepared ahead, and spares for reuse. A file gets its live name only when its
/// header is durable, and a log record names the next segment only when that name is.
/// </summary>
internal sealed class SegmentStore(StorageOptions options, IRandomBits random, InstanceId instance)
{
    private const int ZeroPieceBytes = 1 << 20;
    private const int ZeroPiecesSynced = 4; // so that no sync has much to write: the log's own sync waits behind it

    private readonly Queue<ulong> spares = new();
    private readonly byte[] header = new byte[Segment.HeaderBytes];
    private byte[] zeros = [];
    private ulong taken; // the spare that is being made the next segment, while its file may still have the spare's name; 0: none

    /// <summary>Segments with records, in order; the last is the one being filled.</summary>
    public List<Segment> Live { get; } = [];

    /// <summary>The one prepared ahead; null while it is not there.</summary>
    public Segment? Prepared { get; private set; }

    /// <summary>The one being filled.</summary>
    public Segment Active => Live[^1];

    /// <summary>Bytes of a new one.</summary>
    public int SegmentBytes => options.SegmentBytes;

    /// <summary>Bytes of the first of a new directory.</summary>
    public int FirstBytes => Math.Min(options.FirstSegmentBytes, options.SegmentBytes);

    /// <summary>Whether a file is kept for reuse.</summary>
    public bool HasSpare => spares.Count > 0;

    /// <summary>Files kept for reuse, by the sequence they last had.</summary>
    public void AddSpare(ulong sequence) => spares.Enqueue(sequence);

    /// <summary>The live segment that holds a log offset.</summary>
    public Segment Find(long offset)
    {
        foreach (Segment segment in Live)
        {
            if (offset < segment.Limit)
            {
                Invariant.Check(offset >= segment.Base);
                return segment;
            }
        }

        throw new InvariantBrokenException($"no segment holds log offset {offset}");
    }

    /// <summary>The prepared segment becomes the active one.</summary>
    public void Advance()
    {
        Segment next = Prepared!;
        Invariant.Check(next.Base == Active.Limit && next.Sequence == Active.Sequence + 1);
        Live.Add(next);
        Prepared = null;
    }

    /// <summary>The first segment of all becomes the active one.</summary>
    public void Start()
    {
        Invariant.Check(Live.Count == 0);
        Live.Add(Prepared!);
        Prepared = null;
    }

    /// <summary>
    /// Makes the segment after the last, from a spare or new: as large as usual, or as <paramref name="payloadLength"/> needs. An entry comes as its
    /// proposer's log takes it; the other members may have been given smaller segments.
    /// </summary>
    public IEnumerable<DiskRequest?> Prepare(DiskCalls calls, int payloadLength = 0)
    {
        ulong sequence = Live.Count == 0 ? 1 : Active.Sequence + 1;
        long start = Live.Count == 0 ? 0 : Active.Limit;
        int size = Math.Max(Live.Count == 0 ? FirstBytes : options.SegmentBytes, Segment.SegmentBytesOf(payloadLength));
        int flushBytesMax = Math.Max(options.FlushBytesMax, Segment.FlushBytesOf(payloadLength));
        var file = new FileFound();
        if (size == options.SegmentBytes)
        {
            foreach (DiskRequest? request in Reuse(calls, size, file))
                yield return request;
        }

        if (!file.Found)
        {
            foreach (DiskRequest? request in Fill(calls, size, file))
                yield return request;
        }

        Segment segment = Segment.Begin(sequence, start, size, flushBytesMax, random.Next());
        segment.WriteHeader(header, instance);
        yield return calls.Write(file.File, 0, header);
        calls.Expect($"writing the header of {file.Path}");
        yield return calls.Sync(file.File);
        calls.Expect($"syncing {file.Path}");
        yield return calls.Close(file.File);
        calls.Expect($"closing {file.Path}");
        yield return calls.SyncDirectory("log");
        calls.Expect("syncing directory log");
        yield return calls.Rename(file.Path, segment.Path);
        calls.Expect($"naming {file.Path} {segment.Path}");
        yield return calls.SyncDirectory("log");
        calls.Expect("syncing directory log");
        taken = 0;
        yield return calls.Open(segment.Path);
        calls.Expect($"opening {segment.Path}");
        segment.File = calls.File;
        Prepared = segment;
    }

    /// <summary>Takes the oldest segment out of the log: kept as a spare, or deleted where there are enough.</summary>
    public IEnumerable<DiskRequest?> RemoveFirst(DiskCalls calls)
    {
        Segment first = Live[0];
        Invariant.Check(Live.Count > 1);
        Live.RemoveAt(0);
        foreach (DiskRequest? request in Retire(calls, first))
            yield return request;
    }

    /// <summary>Takes a segment's name away, durably before anything else happens: the live names must never have a gap.</summary>
    public IEnumerable<DiskRequest?> Retire(DiskCalls calls, Segment segment)
    {
        // A number comes back when the end of the log was retired at a start: its spare must not be replaced and then counted twice,
        // nor while the next segment is being made of it, which would then be this one's file under the next one's name.
        bool keep = spares.Count < options.SparesMax && segment.SizeBytes == options.SegmentBytes
            && !spares.Contains(segment.Sequence) && segment.Sequence != taken;
        yield return calls.Close(segment.File);
        calls.Expect($"closing {segment.Path}");
        yield return keep ? calls.Rename(segment.Path, Segment.SparePathOf(segment.Sequence)) : calls.Delete(segment.Path);
        calls.Expect($"retiring {segment.Path}");
        yield return calls.SyncDirectory("log");
        calls.Expect("syncing directory log");
        if (keep)
            spares.Enqueue(segment.Sequence);
    }

    private IEnumerable<DiskRequest?> Reuse(DiskCalls calls, int size, FileFound found)
    {
        while (!found.Found && spares.TryDequeue(out ulong spare))
        {
            taken = spare;
            string path = Segment.SparePathOf(spare);
            yield return calls.Open(path);
            calls.Expect($"opening {path}");
            DiskFile file = calls.File;
            if (calls.Transferred == size)
            {
                found.Set(file, path);
                yield break;
            }

            yield return calls.Close(file);
            calls.Expect($"closing {path}");
            yield return calls.Delete(path);
            calls.Expect($"deleting {path}, of another size");
            taken = 0;
        }
    }

    /// <summary>A new file, zero-filled and synced: a sync on it never has to write metadata again.</summary>
    private IEnumerable<DiskRequest?> Fill(DiskCalls calls, int size, FileFound found)
    {
        const string path = "log/new";
        yield return calls.Delete(path);
        calls.Expect($"deleting {path}, an unfinished segment");
        yield return calls.Create(path);
        calls.Expect($"creating {path}");
        DiskFile file = calls.File;
        if (zeros.Length == 0)
            zeros = new byte[Math.Min(ZeroPieceBytes, options.SegmentBytes)];
        int pieces = 0;
        for (int position = 0; position < size;)
        {
            int count = Math.Min(zeros.Length, size - position);
            yield return calls.Write(file, position, zeros.AsMemory(0, count));
            DiskError error = calls.Error;
            position += count;
            if (error == DiskError.None && (++pieces % ZeroPiecesSynced == 0 || position == size))
            {
                yield return calls.Sync(file);
                error = calls.Error;
            }

            if (error == DiskError.None)
                continue;
            yield return calls.Close(file);
            calls.Expect($"closing {path}");
            yield return calls.Delete(path);
            calls.Expect($"deleting {path}, an unfinished segment");
            throw new DiskFaultException(
                error, $"reserving {size >> 10} KiB for {path}, a log segment: {DiskFaultException.Spell(error)}");
        }

        found.Set(file, path);
    }

    private sealed class FileFound
    {
        public bool Found { get; private set; }

        public DiskFile File { get; private set; }

        public string Path { get; private set; } = "";

        public void Set(DiskFile file, string path)
        {
            Found = true;
            File = file;
            Path = path;
        }
    }
}
