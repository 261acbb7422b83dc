using System.Numerics;

namespace Quorate.KeyValue.Commands;

/// <summary>Protobuf's varints and tags.</summary>
internal static class Wire
{
    public const int Varint = 0;
    public const int Bytes = 2;

    public static ulong Tag(int field, int type) => ((ulong)field << 3) | (uint)type;

    /// <summary>Bytes that <see cref="PutVarint"/> takes: 1 to 10.</summary>
    public static int VarintSize(ulong value) => (BitOperations.Log2(value | 1) * 9 + 73) >> 6;

    /// <summary>Writes a varint and tells how many bytes it took.</summary>
    public static int PutVarint(Span<byte> into, ulong value)
    {
        int at = 0;
        while (value >= 0x80)
        {
            into[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        into[at++] = (byte)value;
        return at;
    }
}
