using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>Reads a frame's fields, little-endian. A field past the end reads as 0 and makes <see cref="Failed"/> true for good.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    /// <summary>How far it has read.</summary>
    public int Position { get; private set; }

    /// <summary>Whether a field lay past the end.</summary>
    public bool Failed { get; private set; }

    public readonly int Remaining => bytes.Length - Position;

    /// <summary>Whether every field was there and nothing is left over.</summary>
    public readonly bool Ended => !Failed && Remaining == 0;

    public byte Byte() => Take(1) is [byte value] ? value : (byte)0;

    public ushort UInt16() => Take(2) is { Length: 2 } field ? BinaryPrimitives.ReadUInt16LittleEndian(field) : (ushort)0;

    public uint UInt32() => Take(4) is { Length: 4 } field ? BinaryPrimitives.ReadUInt32LittleEndian(field) : 0;

    public ulong UInt64() => Take(8) is { Length: 8 } field ? BinaryPrimitives.ReadUInt64LittleEndian(field) : 0;

    public Epoch Epoch() =>
        Take(16) is { Length: 16 } field ? new Epoch(BinaryPrimitives.ReadUInt128LittleEndian(field)) : default;

    /// <summary>A length, then that many bytes.</summary>
    public ReadOnlySpan<byte> Bytes()
    {
        uint length = UInt32();
        return length <= int.MaxValue ? Take((int)length) : Take(int.MaxValue);
    }

    /// <summary>Bytes of a known length; none when they are not all there.</summary>
    public ReadOnlySpan<byte> Take(int length)
    {
        if (Failed || length > Remaining)
        {
            Failed = true;
            return default;
        }

        ReadOnlySpan<byte> taken = bytes.Slice(Position, length);
        Position += length;
        return taken;
    }
}
