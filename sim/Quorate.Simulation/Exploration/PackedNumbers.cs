namespace Quorate.Simulation.Exploration;

/// <summary>Numbers in as few bytes as they need: seven bits each, the highest set where more follow.</summary>
internal static class PackedNumbers
{
    /// <summary>Writes a number.</summary>
    public static void Put(Span<byte> into, ref int at, ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            into[at++] = (byte)(value | 0x80);
        into[at++] = (byte)value;
    }

    /// <summary>Reads one.</summary>
    public static ulong Get(ReadOnlySpan<byte> from, ref int at)
    {
        ulong value = 0;
        int shift = 0;
        byte next;
        do
        {
            next = from[at++];
            value |= (ulong)(next & 0x7F) << shift;
            shift += 7;
        }
        while (next >= 0x80);
        return value;
    }
}
