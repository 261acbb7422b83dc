using System.Buffers.Binary;

namespace Quorate.Consensus;

/// <summary>
/// Who proposed an entry: the caller waits at that instance, in that start of it, under that number. The Replica writes it
/// before the command's bytes; cores do not read it.
/// </summary>
/// <param name="Instance">The instance that took the proposal from its caller.</param>
/// <param name="StartCount">How often that instance's directory had been started.</param>
/// <param name="Number">Grows by one with each proposal of that start; 0 = nobody waits.</param>
public readonly record struct Origin(InstanceId Instance, uint StartCount, ulong Number)
{
    /// <summary>Bytes that <see cref="Write"/> takes.</summary>
    public const int SizeBytes = 8 + 4 + 8;

    /// <summary>Writes the origin, little-endian.</summary>
    public void Write(Span<byte> into)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(into, Instance.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(into[8..], StartCount);
        BinaryPrimitives.WriteUInt64LittleEndian(into[12..], Number);
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static Origin Read(ReadOnlySpan<byte> from) => new(
        new InstanceId(BinaryPrimitives.ReadUInt64LittleEndian(from)),
        BinaryPrimitives.ReadUInt32LittleEndian(from[8..]),
        BinaryPrimitives.ReadUInt64LittleEndian(from[12..]));
}
