using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>How far <see cref="FrameReader"/> came.</summary>
internal enum FrameStatus
{
    /// <summary>The next frame is not here whole.</summary>
    Incomplete,

    /// <summary>A frame.</summary>
    Whole,

    /// <summary>The bytes are none: the stream is of no more use.</summary>
    Corrupt,
}

/// <summary>
/// Cuts a stream into frames, where they lie: bytes are received into a pooled block, and a frame is a stretch of it. Only a frame
/// that the block's end cuts is moved. Owner: the replica loop.
/// </summary>
internal sealed class FrameReader(BlockPool pool, int blockSizeBytes, int frameBytesMax)
{
    // Less room than this is not worth a system call.
    private const int RoomBytesMin = 8192;

    private Block? block;
    private int start;
    private int end;
    private int wholeBytes; // of the frame that is arriving; 0 = not known

    /// <summary>Bytes received and not yet read.</summary>
    public int Unread => end - start;

    /// <summary>The block that <see cref="Room"/> lies in.</summary>
    public Block Block => block!;

    /// <summary>Where in <see cref="Block"/> the next bytes are to be put; room for the rest of the frame that is arriving, and more.</summary>
    public int Room(out int offset)
    {
        int wanted = Math.Max(RoomBytesMin, wholeBytes - Unread);
        if (block is null)
            block = pool.Rent(Math.Max(blockSizeBytes, wanted));
        else if (Unread == 0 && block.References == 1)
            start = end = 0; // nobody kept anything: the same, cached, bytes again
        if (block.Bytes.Length - end < wanted)
            MoveOn(wanted);
        offset = end;
        return block.Bytes.Length - end;
    }

    /// <summary>So many bytes were put there.</summary>
    public void Received(int count)
    {
        Invariant.Check(count > 0 && end + count <= block!.Bytes.Length);
        end += count;
    }

    /// <summary>The next <paramref name="count"/> bytes, once they are here, as they are.</summary>
    public bool TryTake(int count, out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (Unread < count)
            return false;
        bytes = block!.Bytes.AsSpan(start, count);
        start += count;
        return true;
    }

    /// <summary>The next frame's body. It is borrowed until <see cref="Room"/> is called.</summary>
    public FrameStatus TryRead(out FrameHead head, out Payload body, out string cause)
    {
        head = default;
        body = Payload.Empty;
        cause = "";
        if (Unread < FrameHead.SizeBytes)
            return FrameStatus.Incomplete;

        ReadOnlySpan<byte> unread = block!.Bytes.AsSpan(start, Unread);
        if (!FrameHead.TryRead(unread, out head))
            return Refuse("garbage in place of a frame", out cause);
        if (head.BodyLength > frameBytesMax)
            return Refuse($"a frame of {head.BodyLength} bytes, {frameBytesMax} at most", out cause);

        wholeBytes = FrameHead.SizeBytes + head.BodyLength;
        if (unread.Length < wholeBytes)
            return FrameStatus.Incomplete;
        if (Crc32C.Of(unread.Slice(FrameHead.SizeBytes, head.HeaderLength)) != head.HeaderChecksum)
            return Refuse("a frame damaged on its way", out cause);

        body = new Payload(block, start + FrameHead.SizeBytes, head.BodyLength, 0);
        start += wholeBytes;
        wholeBytes = 0;
        return FrameStatus.Whole;
    }

    /// <summary>Gives the block back.</summary>
    public void Clear()
    {
        block?.Release();
        block = null;
        start = end = wholeBytes = 0;
    }

    private static FrameStatus Refuse(string why, out string cause)
    {
        cause = why;
        return FrameStatus.Corrupt;
    }

    private void MoveOn(int wanted)
    {
        int unread = Unread;
        Block old = block!;
        bool fits = old.References == 1 && old.Bytes.Length - unread >= wanted;
        Block next = fits ? old : pool.Rent(Math.Max(blockSizeBytes, unread + wanted));
        old.Bytes.AsSpan(start, unread).CopyTo(next.Bytes);
        if (!fits)
            old.Release();
        block = next;
        start = 0;
        end = unread;
    }
}
