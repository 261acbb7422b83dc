using System.Buffers.Binary;

namespace Quorate.Consensus;

/// <summary>Writes a message, little-endian, into room of exactly its size.</summary>
internal ref struct WireWriter
{
    private Span<byte> rest;

    /// <summary>Begins with the message's kind.</summary>
    public WireWriter(Span<byte> into, byte kind)
    {
        rest = into;
        Byte(kind);
    }

    /// <summary>Whether the room is filled.</summary>
    public readonly bool Full => rest.IsEmpty;

    /// <summary>A byte.</summary>
    public void Byte(byte value)
    {
        rest[0] = value;
        rest = rest[1..];
    }

    /// <summary>0 or 1.</summary>
    public void Bool(bool value) => Byte(value ? (byte)1 : (byte)0);

    /// <summary>32 bits.</summary>
    public void UInt32(uint value)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(rest, value);
        rest = rest[4..];
    }

    /// <summary>64 bits.</summary>
    public void UInt64(ulong value)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(rest, value);
        rest = rest[8..];
    }

    /// <summary>An index.</summary>
    public void Index(LogIndex index) => UInt64(index.Value);

    /// <summary>A time of the sender's clock.</summary>
    public void Tick(Tick tick) => UInt64((ulong)tick.Value);
}
