using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;

namespace Quorate.Server.Rpc;

/// <summary>
/// A reply on its way out: room for gRPC's frame prefix and etcd's response header lies before the body, so that the body is written
/// first, when the revision is not known yet, and nothing is moved. Reused; owned by the call.
/// </summary>
internal sealed class ReplyBuffer : IBufferWriter<byte>
{
    private const int FramePrefixBytes = 5;

    // Field 1, its length, and four fields of a tag and a varint of up to ten bytes.
    private const int HeaderBytesMax = 2 + (4 * 11);
    private const int RoomBefore = FramePrefixBytes + HeaderBytesMax;
    private const int KeptBytesMax = 16 << 10;

    private byte[] bytes = new byte[512];
    private int start = RoomBefore;
    private int end = RoomBefore;

    /// <summary>Bytes of the message, without the frame's prefix.</summary>
    public int MessageBytes => end - start;

    /// <summary>The body written so far.</summary>
    public ReadOnlySpan<byte> Body => bytes.AsSpan(RoomBefore, end - RoomBefore);

    /// <summary>Forgets everything; a buffer that has grown large is given up.</summary>
    public void Clear()
    {
        if (bytes.Length > KeptBytesMax)
        {
            ArrayPool<byte>.Shared.Return(bytes);
            bytes = new byte[512];
        }

        start = end = RoomBefore;
    }

    /// <summary>Puts the response header, field 1 of every response, before the body. Fields of value 0 are left out.</summary>
    public void SetHeader(ulong clusterId, ulong memberId, long revision, ulong term)
    {
        Span<byte> header = stackalloc byte[HeaderBytesMax];
        int length = 0;
        WriteField(header, ref length, 1, clusterId);
        WriteField(header, ref length, 2, memberId);
        WriteField(header, ref length, 3, (ulong)revision);
        WriteField(header, ref length, 4, term);
        start = RoomBefore - length - 2;
        bytes[start] = (1 << 3) | 2;
        bytes[start + 1] = (byte)length; // At most 44: one byte.
        header[..length].CopyTo(bytes.AsSpan(start + 2));
    }

    /// <summary>The message in its frame. Valid until <see cref="Clear"/>.</summary>
    public ReadOnlySpan<byte> Frame()
    {
        int at = start - FramePrefixBytes;
        bytes[at] = 0;
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at + 1), end - start);
        return bytes.AsSpan(at, end - at);
    }

    /// <summary>Writes the message in its frame; it leaves when <paramref name="into"/> is flushed.</summary>
    public void SendTo(PipeWriter into)
    {
        for (ReadOnlySpan<byte> rest = Frame(); !rest.IsEmpty;)
        {
            // Where the client has gone, the web server has room to throw away only for who asks for some: for a size of 0 it gives none.
            Span<byte> room = into.GetSpan(1);
            int count = Math.Min(room.Length, rest.Length);
            rest[..count].CopyTo(room);
            into.Advance(count);
            rest = rest[count..];
        }
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, bytes.Length - end);
        end += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return bytes.AsMemory(end);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return bytes.AsSpan(end);
    }

    private static void WriteField(Span<byte> into, ref int at, int field, ulong value)
    {
        if (value == 0)
            return;
        into[at++] = (byte)(field << 3);
        for (; value >= 0x80; value >>= 7)
            into[at++] = (byte)(value | 0x80);
        into[at++] = (byte)value;
    }

    private void Reserve(int count)
    {
        count = Math.Max(count, 1);
        if (bytes.Length - end >= count)
            return;
        byte[] larger = ArrayPool<byte>.Shared.Rent((int)Math.Min(Array.MaxLength, Math.Max(2L * bytes.Length, (long)end + count)));
        bytes.AsSpan(start - FramePrefixBytes, end - start + FramePrefixBytes).CopyTo(larger.AsSpan(start - FramePrefixBytes));
        if (bytes.Length > KeptBytesMax)
            ArrayPool<byte>.Shared.Return(bytes);
        bytes = larger;
    }
}
