using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>
/// What waits to be sent on one stream, as ranges of pooled blocks: headers, copied one behind the other into a block of the
/// queue's own, and payloads, where they lie. Neighbours in one block become one range. Owner: the replica loop.
/// </summary>
internal sealed class SendQueue(BlockPool pool)
{
    private const int StagingBytes = 64 << 10;

    private Range[] ranges = new Range[64]; // a ring; its length is a power of two
    private int first;
    private int count;
    private Block? staging;
    private int staged;

    /// <summary>Bytes that wait.</summary>
    public long Bytes { get; private set; }

    /// <summary>Ranges that wait.</summary>
    public int Count => count;

    /// <summary>Bytes as they are.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Stage(bytes.Length));

    /// <summary>A frame. A reference to each payload's block is held until its bytes have left.</summary>
    public void Append(FrameKind kind, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        int bodyLength = header.Length;
        foreach (ref readonly Payload payload in payloads)
            bodyLength += payload.Length;

        Span<byte> staged = Stage(FrameHead.SizeBytes + header.Length);
        new FrameHead(bodyLength, header.Length, kind, Crc32C.Of(header)).Write(staged);
        header.CopyTo(staged[FrameHead.SizeBytes..]);
        foreach (ref readonly Payload payload in payloads)
        {
            if (payload.Length > 0)
                Add(payload.Block!, payload.Offset, payload.Length);
        }
    }

    /// <summary>The first ranges, as the kernel takes them.</summary>
    /// <returns>How many.</returns>
    public unsafe int Gather(IoVector* into, int max)
    {
        int gathered = Math.Min(count, max);
        for (int i = 0; i < gathered; i++)
        {
            ref Range range = ref At(i);
            // Blocks lie still (BlockPool), so the address holds while the range does.
            ref byte start = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(range.Block.Bytes), range.Offset);
            into[i] = new IoVector { Base = (nint)Unsafe.AsPointer(ref start), Length = (nuint)range.Length };
        }

        return gathered;
    }

    /// <summary>The first <paramref name="bytes"/> bytes have left.</summary>
    public void Sent(long bytes)
    {
        Invariant.Check(bytes <= Bytes);
        Bytes -= bytes;
        while (bytes > 0)
        {
            ref Range range = ref At(0);
            if (bytes < range.Length)
            {
                range.Offset += (int)bytes;
                range.Length -= (int)bytes;
                return;
            }

            bytes -= range.Length;
            RemoveFirst();
        }

        if (count == 0 && staging is { References: 1 })
            staged = 0;
    }

    /// <summary>Throws everything away.</summary>
    public void Clear()
    {
        while (count > 0)
            RemoveFirst();
        staging?.Release();
        staging = null;
        staged = 0;
        Bytes = 0;
    }

    private Span<byte> Stage(int length)
    {
        if (staging is null || staging.Bytes.Length - staged < length)
        {
            staging?.Release();
            staging = pool.Rent(Math.Max(StagingBytes, length));
            staged = 0;
        }

        int offset = staged;
        staged += length;
        Add(staging, offset, length);
        return staging.Bytes.AsSpan(offset, length);
    }

    private void Add(Block block, int offset, int length)
    {
        Bytes += length;
        if (count > 0)
        {
            ref Range last = ref At(count - 1);
            if (ReferenceEquals(last.Block, block) && last.Offset + last.Length == offset)
            {
                last.Length += length; // the range's one reference holds the block for all of it
                return;
            }
        }

        if (count == ranges.Length)
            Grow();
        block.Retain();
        At(count) = new Range { Block = block, Offset = offset, Length = length };
        count++;
    }

    private ref Range At(int i) => ref ranges[(first + i) & (ranges.Length - 1)];

    private void RemoveFirst()
    {
        ref Range range = ref At(0);
        range.Block.Release();
        range = default;
        first = (first + 1) & (ranges.Length - 1);
        count--;
    }

    private void Grow()
    {
        var larger = new Range[ranges.Length * 2];
        for (int i = 0; i < count; i++)
            larger[i] = At(i);
        ranges = larger;
        first = 0;
    }

    private struct Range
    {
        public Block Block;
        public int Offset;
        public int Length;
    }
}
