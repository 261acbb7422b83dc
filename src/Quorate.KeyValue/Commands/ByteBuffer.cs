using System.Buffers;
using System.Buffers.Binary;

namespace Quorate.KeyValue.Commands;

/// <summary>A growing buffer with protobuf's encoding, for answers and requests. Reused; owned by one thread.</summary>
public sealed class ByteBuffer : IBufferWriter<byte>
{
    private byte[] bytes = new byte[256];
    private int length;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => bytes.AsSpan(0, length);

    /// <summary>How much was written.</summary>
    public int Length => length;

    /// <summary>Forgets what was written; a buffer that grew beyond 1 MiB gives its room back.</summary>
    public void Clear()
    {
        length = 0;
        if (bytes.Length > 1 << 20)
            bytes = new byte[256];
    }

    /// <summary>Forgets what was written after the first <paramref name="count"/> bytes.</summary>
    public void Truncate(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)length);
        length = count;
    }

    /// <inheritdoc/>
    public void Advance(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, bytes.Length - length);
        length += count;
    }

    /// <inheritdoc/>
    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return bytes.AsMemory(length);
    }

    /// <inheritdoc/>
    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return bytes.AsSpan(length);
    }

    /// <summary>One byte.</summary>
    public void WriteByte(byte value)
    {
        Reserve(1);
        bytes[length++] = value;
    }

    /// <summary>8 bytes, little-endian.</summary>
    public void WriteInt64LittleEndian(long value)
    {
        Reserve(8);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(length), value);
        length += 8;
    }

    /// <summary>Writes over 8 bytes that were written before.</summary>
    public void SetInt64LittleEndian(int at, long value) =>
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(at, 8), value);

    /// <summary>Writes over a byte that was written before.</summary>
    public void SetByte(int at, byte value) => bytes.AsSpan(0, length)[at] = value;

    /// <summary>Bytes as they are.</summary>
    public void WriteRaw(ReadOnlySpan<byte> value)
    {
        Reserve(value.Length);
        value.CopyTo(bytes.AsSpan(length));
        length += value.Length;
    }

    /// <summary>A varint field; left out when 0, as proto3 does.</summary>
    public void WriteField(int field, long value)
    {
        if (value == 0)
            return;
        Reserve(20);
        Span<byte> room = bytes.AsSpan(length);
        int at = Wire.PutVarint(room, Wire.Tag(field, Wire.Varint));
        at += Wire.PutVarint(room[at..], (ulong)value);
        length += at;
    }

    /// <summary>A bool field; left out when false.</summary>
    public void WriteField(int field, bool value) => WriteField(field, value ? 1L : 0L);

    /// <summary>A bytes field; left out when empty.</summary>
    public void WriteField(int field, ReadOnlySpan<byte> value)
    {
        if (!value.IsEmpty)
            WriteMessage(field, value);
    }

    /// <summary>A message, already encoded; written also when empty.</summary>
    public void WriteMessage(int field, ReadOnlySpan<byte> value)
    {
        Reserve(20 + value.Length);
        Span<byte> room = bytes.AsSpan(length);
        int at = Wire.PutVarint(room, Wire.Tag(field, Wire.Bytes));
        at += Wire.PutVarint(room[at..], (ulong)value.Length);
        value.CopyTo(room[at..]);
        length += at + value.Length;
    }

    /// <summary>Begins a message whose length is not known yet.</summary>
    /// <returns>What <see cref="End"/> needs.</returns>
    public int Begin(int field)
    {
        Reserve(10);
        length += Wire.PutVarint(bytes.AsSpan(length), Wire.Tag(field, Wire.Bytes));
        bytes[length++] = 0;
        return length;
    }

    /// <summary>Ends the message that <see cref="Begin"/> began: its length is put before it, in as few bytes as it takes.</summary>
    public void End(int begun)
    {
        int size = length - begun;
        int prefix = Wire.VarintSize((ulong)size);
        if (prefix > 1)
        {
            Reserve(prefix - 1);
            bytes.AsSpan(begun, size).CopyTo(bytes.AsSpan(begun + prefix - 1));
            length += prefix - 1;
        }

        Wire.PutVarint(bytes.AsSpan(begun - 1), (ulong)size);
    }

    private void Reserve(int count)
    {
        if (bytes.Length - length < count)
            Array.Resize(ref bytes, Math.Max(checked(length + count), (int)Math.Min(Array.MaxLength, 2L * bytes.Length)));
    }
}
