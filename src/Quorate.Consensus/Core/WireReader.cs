using System.Buffers.Binary;

namespace Quorate.Consensus;

/// <summary>Reads a message, little-endian, and remembers whether anything in it was wrong: nothing throws on hostile bytes.</summary>
internal ref struct WireReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> rest = bytes;
    private bool failed;

    /// <summary>Every byte was read and each was in range.</summary>
    public readonly bool Complete => !failed && rest.IsEmpty;

    /// <summary>Nothing was wrong so far.</summary>
    public readonly bool Sound => !failed;

    /// <summary>Bytes not read yet.</summary>
    public readonly int Remaining => rest.Length;

    /// <summary>The kind of the message, given that it must be <paramref name="kind"/>.</summary>
    public void Kind(byte kind) => failed |= Byte() != kind;

    /// <summary>A byte.</summary>
    public byte Byte()
    {
        ReadOnlySpan<byte> taken = Take(1);
        return taken.IsEmpty ? (byte)0 : taken[0];
    }

    /// <summary>0 or 1.</summary>
    public bool Bool()
    {
        byte b = Byte();
        failed |= b > 1;
        return b == 1;
    }

    /// <summary>32 bits.</summary>
    public uint UInt32()
    {
        ReadOnlySpan<byte> taken = Take(4);
        return taken.IsEmpty ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(taken);
    }

    /// <summary>64 bits.</summary>
    public ulong UInt64()
    {
        ReadOnlySpan<byte> taken = Take(8);
        return taken.IsEmpty ? 0 : BinaryPrimitives.ReadUInt64LittleEndian(taken);
    }

    /// <summary>An index, 0 and up.</summary>
    public LogIndex Index()
    {
        ulong value = UInt64();
        failed |= value > long.MaxValue / 2;
        return new LogIndex(value);
    }

    /// <summary>Marks the message as malformed unless <paramref name="holds"/>.</summary>
    public void Require(bool holds) => failed |= !holds;

    private ReadOnlySpan<byte> Take(int count)
    {
        if (rest.Length < count)
        {
            failed = true;
            rest = default;
            return default;
        }

        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
