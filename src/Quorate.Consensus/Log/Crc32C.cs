using System.Buffers.Binary;
using System.Numerics;

namespace Quorate.Consensus;

/// <summary>CRC32C (Castagnoli), by the processor's own instruction where it has one.</summary>
public static class Crc32C
{
    /// <summary>The checksum of <paramref name="bytes"/>; that of nothing is 0.</summary>
    public static uint Of(ReadOnlySpan<byte> bytes) => Extend(0, bytes);

    /// <summary>The checksum of what <paramref name="checksum"/> covers followed by <paramref name="bytes"/>; also a seeded one.</summary>
    public static uint Extend(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint crc = ~checksum;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (byte b in bytes)
            crc = BitOperations.Crc32C(crc, b);
        return ~crc;
    }
}
