using System.Numerics;
using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Records;

/// <summary>A stretch of a segment in memory, moved along by a job that reads records. Takes little more memory than there is to read.</summary>
internal sealed class SegmentWindow(DiskCalls calls, int windowBytes)
{
    private byte[] buffer = [];
    private Segment? segment;
    private int start;
    private int length;

    /// <summary>Forgets what it holds: the file may have changed.</summary>
    public void Reset() => segment = null;

    /// <summary>Whether the window holds these bytes.</summary>
    public bool Has(Segment of, int position, int count) =>
        segment == of && position >= start && position + count <= start + length;

    /// <summary>Bytes that it holds.</summary>
    public ReadOnlySpan<byte> At(int position, int count) => buffer.AsSpan(position - start, count);

    /// <summary>Bytes that it holds, to be written back.</summary>
    public Memory<byte> MemoryAt(int position, int count) => buffer.AsMemory(position - start, count);

    /// <summary>The request that moves the window to <paramref name="position"/>; no byte at or behind <paramref name="limit"/> is kept.</summary>
    public DiskRequest Move(Segment to, int position, int count, int limit)
    {
        Invariant.Check(position >= 0 && position + count <= limit && limit <= to.SizeBytes);
        int wanted = Math.Max(count, Math.Min(windowBytes, limit - position));
        if (buffer.Length < wanted)
            buffer = new byte[Math.Max(count, Math.Min(windowBytes, (int)BitOperations.RoundUpToPowerOf2((uint)wanted)))];
        segment = to;
        start = position;
        length = Math.Min(buffer.Length, limit - position);
        return calls.Read(to.File, position, buffer.AsMemory(0, length));
    }

    /// <summary>After <see cref="Move"/>.</summary>
    public void Moved()
    {
        if (calls.Error != DiskError.None || calls.Transferred != length)
        {
            string what = $"reading {segment!.Path} at {start}";
            Reset();
            calls.Expect(what);
            throw new DiskFaultException(DiskError.None, $"{what}: the file is shorter than its header says");
        }
    }
}
