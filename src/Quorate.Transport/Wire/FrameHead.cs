using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>What a frame is for.</summary>
internal enum FrameKind : byte
{
    /// <summary>A header and payloads of those above, not read here.</summary>
    Content = 1,

    /// <summary>The dialer's time, to be sent back.</summary>
    Ping = 2,

    /// <summary>A ping's time.</summary>
    Pong = 3,
}

/// <summary>
/// Goes before each frame, little-endian: bytes of the body (header and payloads), bytes of the header, kind, CRC32C of the header, CRC32C
/// of these 16 bytes. Payloads carry checksums of their own, made at their origin, so their bytes are not read again to be sent.
/// </summary>
internal readonly record struct FrameHead(int BodyLength, int HeaderLength, FrameKind Kind, uint HeaderChecksum)
{
    public const int SizeBytes = 20;

    public void Write(Span<byte> into)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into, BodyLength);
        BinaryPrimitives.WriteInt32LittleEndian(into[4..], HeaderLength);
        BinaryPrimitives.WriteInt32LittleEndian(into[8..], (int)Kind);
        BinaryPrimitives.WriteUInt32LittleEndian(into[12..], HeaderChecksum);
        BinaryPrimitives.WriteUInt32LittleEndian(into[16..], Crc32C.Of(into[..16]));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <returns>False when the bytes are none: nothing after them can be trusted.</returns>
    public static bool TryRead(ReadOnlySpan<byte> from, out FrameHead head)
    {
        int body = BinaryPrimitives.ReadInt32LittleEndian(from);
        int header = BinaryPrimitives.ReadInt32LittleEndian(from[4..]);
        int kind = BinaryPrimitives.ReadInt32LittleEndian(from[8..]);
        head = new FrameHead(body, header, (FrameKind)kind, BinaryPrimitives.ReadUInt32LittleEndian(from[12..]));
        return BinaryPrimitives.ReadUInt32LittleEndian(from[16..]) == Crc32C.Of(from[..16])
            && header >= 0 && header <= body
            && kind is >= (int)FrameKind.Content and <= (int)FrameKind.Pong;
    }
}
