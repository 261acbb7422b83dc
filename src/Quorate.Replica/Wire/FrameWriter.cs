using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>Writes a frame's fields, little-endian, into room that grows. Reused for every frame. Owner: the loop.</summary>
internal sealed class FrameWriter
{
    private byte[] bytes = new byte[1024];
    private int length;

    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

    public FrameWriter Clear()
    {
        length = 0;
        return this;
    }

    public FrameWriter Byte(byte value)
    {
        Room(1)[0] = value;
        return this;
    }

    public FrameWriter UInt16(ushort value)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(Room(2), value);
        return this;
    }

    public FrameWriter UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(Room(4), value);
        return this;
    }

    public FrameWriter UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(Room(8), value);
        return this;
    }

    public FrameWriter Epoch(Epoch value)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(Room(16), value.Value);
        return this;
    }

    /// <summary>A length, then the bytes.</summary>
    public FrameWriter Bytes(ReadOnlySpan<byte> value) => UInt32((uint)value.Length).Raw(value);

    /// <summary>The bytes alone.</summary>
    public FrameWriter Raw(ReadOnlySpan<byte> value)
    {
        value.CopyTo(Room(value.Length));
        return this;
    }

    private Span<byte> Room(int size)
    {
        if (length + size > bytes.Length)
            Array.Resize(ref bytes, Math.Max(bytes.Length * 2, length + size));
        length += size;
        return bytes.AsSpan(length - size, size);
    }
}
