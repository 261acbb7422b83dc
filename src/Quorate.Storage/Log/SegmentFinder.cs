using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Directories;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Records;

/// <summary>Opens the segments that a start finds, in order; none may be missing between them.</summary>
internal sealed class SegmentFinder(DiskCalls calls, SegmentStore segments, StorageOptions options, InstanceId instance, List<DiskFile> open)
{
    /// <summary>Adds them to <paramref name="found"/>.</summary>
    /// <param name="found">Takes them.</param>
    /// <param name="mayBeNone">Whether a directory without any is a new one.</param>
    /// <param name="first">This one and all that follow must be there.</param>
    public IEnumerable<DiskRequest?> Run(List<Segment> found, bool mayBeNone, ulong first)
    {
        yield return calls.List("log");
        calls.Expect("listing log");
        foreach (string name in calls.Names)
        {
            if (SnapNames.TrySegment(name, ".spare", out ulong spare))
                segments.AddSpare(spare);
        }

        ulong[] sequences = [.. Sequences(calls.Names)];
        if (sequences.Length == 0 && !mayBeNone)
            throw new DiskFaultException(DiskError.None, "the log's segments are missing; replace this member");
        if (sequences.Length > 0 && sequences[0] > first)
            throw new DiskFaultException(DiskError.None, $"log segment {Segment.PathOf(first)} is missing; replace this member");
        foreach (ulong sequence in sequences)
        {
            if (found.Count > 0 && sequence != found[^1].Sequence + 1)
                throw new DiskFaultException(DiskError.None, $"log segment {Segment.PathOf(found[^1].Sequence + 1)} is missing; replace this member");
            foreach (DiskRequest? request in OpenOne(sequence, found))
                yield return request;
        }
    }

    private IEnumerable<DiskRequest?> OpenOne(ulong sequence, List<Segment> found)
    {
        string path = Segment.PathOf(sequence);
        yield return calls.Open(path);
        calls.Expect($"opening {path}");
        DiskFile file = calls.File;
        long length = calls.Transferred;
        open.Add(file);
        byte[] bytes = new byte[Segment.HeaderBytes];
        Segment? OfCopy(int copy) => Header(bytes, copy, sequence, length);
        foreach (DiskRequest? request in CopyReading.Steps(calls, file, path, Segment.HeaderCopiesOf(bytes), () => (OfCopy(0) ?? OfCopy(1)) is not null))
            yield return request;
        Segment? first = OfCopy(0);
        Segment? second = OfCopy(1);
        Segment? segment = first ?? second;
        if (segment is null || (found.Count > 0 && segment.Base != found[^1].Limit))
            throw new DiskFaultException(DiskError.None, $"log segment {path} is damaged at offset 0: its header; replace this member");
        segment.File = file;
        // What is written from now on may reach further than in former starts, and its trace must be erased as far at the next one.
        segment.FlushBytesMax = Math.Max(segment.FlushBytesMax, options.FlushBytesMax);
        found.Add(segment);
        int damaged = first is not null && second is null ? 1 : 0;
        // The only one may be in the page cache alone, where another start could not sync it, and the other cannot be read just now.
        if (first is null || second is null)
        {
            foreach (DiskRequest? request in WriteCopy(file, path, bytes, 1 - damaged))
                yield return request;
        }

        segment.WriteHeader(bytes, instance);

        // Whichever copy was damaged is whole again. One at a time, the damaged one first: a cut must leave the other.
        foreach (int copy in (int[])[damaged, 1 - damaged])
        {
            foreach (DiskRequest? request in WriteCopy(file, path, bytes, copy))
                yield return request;
        }
    }

    private IEnumerable<DiskRequest?> WriteCopy(DiskFile file, string path, byte[] header, int copy)
    {
        int at = copy * Segment.HeaderCopyBytes;
        yield return calls.Write(file, at, header.AsMemory(at, Segment.HeaderCopyBytes));
        calls.Expect($"writing {path}");
        yield return calls.Sync(file);
        calls.Expect($"syncing {path}");
    }

    private Segment? Header(ReadOnlySpan<byte> bytes, int copy, ulong sequence, long length) =>
        Segment.ReadHeader(bytes, copy, instance) is { } header && header.Sequence == sequence && header.SizeBytes == length ? header : null;

    private static IEnumerable<ulong> Sequences(string[] names)
    {
        foreach (string name in names)
        {
            if (SnapNames.TrySegment(name, ".log", out ulong sequence))
                yield return sequence;
        }
    }
}
