using System.Buffers.Binary;
using System.Numerics;

namespace Quorate.Simulation.Exploration;

/// <summary>
/// 128 bits that stand for a state. Two states that share them would be taken for one: among 10^8 states the odds of that are below
/// 10^-22.
/// </summary>
internal static class ByteHash
{
    private const ulong Odd1 = 0xD6E8FEB86659FD93;
    private const ulong Odd2 = 0xA0761D6478BD642F;
    private const ulong Odd3 = 0xE7037ED1A0B428DB;
    private const ulong Odd4 = 0x8EBC6AF09C88C6E3;

    /// <summary>The hash of some bytes; never zero.</summary>
    public static UInt128 Of(ReadOnlySpan<byte> bytes)
    {
        // Two lanes over the same words. Each step is a bijection of the lane, so a difference in one word cannot vanish by itself.
        ulong a = Odd2 ^ (ulong)bytes.Length;
        ulong b = Odd4 + (ulong)bytes.Length;
        while (bytes.Length >= 8)
        {
            Take(ref a, ref b, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        ulong last = 0;
        for (int i = 0; i < bytes.Length; i++)
            last |= (ulong)bytes[i] << (8 * i);
        Take(ref a, ref b, last);
        ulong high = Finish(a ^ BitOperations.RotateLeft(b, 23));
        return new UInt128(high, Finish(b + high) | 1);
    }

    private static void Take(ref ulong a, ref ulong b, ulong word)
    {
        a = BitOperations.RotateLeft(a ^ (word * Odd1), 29) * Odd2;
        b = BitOperations.RotateLeft(b + (word * Odd3), 37) * Odd4;
        a ^= a >> 32;
        b ^= b >> 29;
    }

    private static ulong Finish(ulong z)
    {
        z = (z ^ (z >> 31)) * Odd1;
        z = (z ^ (z >> 29)) * Odd3;
        return z ^ (z >> 32);
    }
}
