using System.Buffers.Binary;

namespace Quorate.Consensus;

/// <summary>Reads what <see cref="StateWriter"/> wrote.</summary>
internal ref struct StateReader(ReadOnlySpan<byte> from)
{
    private ReadOnlySpan<byte> rest = from;

    /// <summary>Whether all was read.</summary>
    public readonly bool AtEnd => rest.IsEmpty;

    /// <summary>64 bits.</summary>
    /// <exception cref="InvalidDataException">The state is cut short.</exception>
    public ulong UInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    /// <summary>64 bits.</summary>
    public long Int64() => unchecked((long)UInt64());

    /// <summary>Yes or no.</summary>
    public bool Bool() => UInt64() != 0;

    /// <summary>An index.</summary>
    public LogIndex Index() => new(UInt64());

    /// <summary>A member's number.</summary>
    public NodeId Node() => new(UInt64());

    /// <summary>Bytes; borrowed.</summary>
    public ReadOnlySpan<byte> Bytes() => Take(checked((int)Int64()));

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > rest.Length)
            throw new InvalidDataException("core state cut short");
        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        return taken;
    }
}
