using System.Buffers;
using System.Buffers.Binary;

namespace Quorate.Consensus;

/// <summary>Writes a core's state, little-endian, in two parts: what it knows, and what hangs on time and chance.</summary>
internal sealed class StateWriter(IBufferWriter<byte> into)
{
    /// <summary>Bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>64 bits.</summary>
    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(into.GetSpan(8), value);
        into.Advance(8);
        Length += 8;
    }

    /// <summary>64 bits.</summary>
    public void Int64(long value) => UInt64(unchecked((ulong)value));

    /// <summary>Yes or no.</summary>
    public void Bool(bool value) => UInt64(value ? 1UL : 0);

    /// <summary>Bytes, their number before them.</summary>
    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Int64(bytes.Length);
        into.Write(bytes);
        Length += bytes.Length;
    }
}
