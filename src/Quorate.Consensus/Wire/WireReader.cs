using System.Buffers.Binary;

namespace Quorate.Consensus;

/// <summary>
/// Reads a message of another member, little-endian, and remembers whether anything in it was wrong: nothing throws on hostile bytes. A field past the
/// end reads as 0.
/// </summary>
/// <param name="bytes">The message; borrowed.</param>
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

    /// <summary>16 bits.</summary>
    public ushort UInt16()
    {
        ReadOnlySpan<byte> taken = Take(2);
        return taken.IsEmpty ? (ushort)0 : BinaryPrimitives.ReadUInt16LittleEndian(taken);
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

    /// <summary>A time of whoever asked: only it knows what it means.</summary>
    public Tick Tick() => new((long)UInt64());

    /// <summary>A term or ballot, whatever the engine: 128 bits.</summary>
    public Epoch Epoch()
    {
        ReadOnlySpan<byte> taken = Take(16);
        return taken.IsEmpty ? default : new Epoch(BinaryPrimitives.ReadUInt128LittleEndian(taken));
    }

    /// <summary>A length of 32 bits, then that many bytes; borrowed.</summary>
    public ReadOnlySpan<byte> Bytes() => Take((int)Math.Min(UInt32(), int.MaxValue));

    /// <summary>Marks the message as malformed unless <paramref name="holds"/>.</summary>
    public void Require(bool holds) => failed |= !holds;

    /// <summary>Bytes of a known number; borrowed. None when they are not all there.</summary>
    /// <param name="count">0 and up.</param>
    public ReadOnlySpan<byte> Take(int count)
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
