using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Storage.Records;

/// <summary>What a record says.</summary>
internal enum RecordKind : byte
{
    /// <summary>An entry; its payload follows.</summary>
    Entry = 1,

    /// <summary>Entries after <see cref="RecordHeader.Index"/> are void.</summary>
    TruncateAfter = 2,

    /// <summary>Nothing but how far the log is durable.</summary>
    Mark = 3,

    /// <summary>The log goes on in the next segment.</summary>
    Seal = 4,
}

/// <summary>
/// The 64 bytes before a record's payload. The same 64 bytes, kept a second time at the segment's far end, are the record's identity.
/// </summary>
/// <param name="Kind">What it says.</param>
/// <param name="EntryKind">Of an entry: its kind.</param>
/// <param name="Group">Whose.</param>
/// <param name="Index">Entry: its place. TruncateAfter: the last that stays.</param>
/// <param name="Epoch">Entry: its epoch.</param>
/// <param name="Length">Bytes of payload.</param>
/// <param name="PayloadChecksum">CRC32C of the payload.</param>
/// <param name="Offset">Where in the log the record begins.</param>
/// <param name="Durable">The log was known durable up to here when the record was written.</param>
/// <param name="Ordinal">How many records precede it in its segment.</param>
internal readonly record struct RecordHeader(
    RecordKind Kind,
    EntryKind EntryKind,
    GroupId Group,
    LogIndex Index,
    Epoch Epoch,
    int Length,
    uint PayloadChecksum,
    long Offset,
    long Durable,
    int Ordinal)
{
    public const int SizeBytes = 64;

    /// <summary>Bytes that the record takes, up to the next one.</summary>
    public int RecordBytes => RecordBytesOf(Length);

    public static int RecordBytesOf(int payloadLength) => SizeBytes + ((payloadLength + SizeBytes - 1) & ~(SizeBytes - 1));

    /// <param name="into">64 bytes.</param>
    /// <param name="life">The checksum of the segment's seed, which the header's own goes on from.</param>
    public void Write(Span<byte> into, uint life)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into[4..], Length);
        BinaryPrimitives.WriteInt64LittleEndian(into[8..], Offset);
        BinaryPrimitives.WriteInt64LittleEndian(into[16..], Durable);
        BinaryPrimitives.WriteUInt64LittleEndian(into[24..], Index.Value);
        BinaryPrimitives.WriteUInt128LittleEndian(into[32..], Epoch.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(into[48..], Group.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(into[52..], PayloadChecksum);
        BinaryPrimitives.WriteInt32LittleEndian(into[56..], Ordinal);
        into[60] = (byte)Kind;
        into[61] = (byte)EntryKind;
        into[62] = 0;
        into[63] = 0;
        BinaryPrimitives.WriteUInt32LittleEndian(into, Crc32C.Extend(life, into[4..SizeBytes]));
    }

    /// <summary>Reads a header of this life of a segment that holds log offsets from <paramref name="low"/> on.</summary>
    /// <returns>False: these bytes are none.</returns>
    public static bool TryRead(ReadOnlySpan<byte> from, uint life, long low, long high, out RecordHeader header)
    {
        header = default;
        // Cheap tests first: a sweep for records behind a bad one looks at every slot of a segment.
        long offset = BinaryPrimitives.ReadInt64LittleEndian(from[8..]);
        if (offset < low || offset >= high)
            return false;
        if (BinaryPrimitives.ReadUInt32LittleEndian(from) != Crc32C.Extend(life, from[4..SizeBytes]))
            return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(from[4..]);
        if (from[60] is < (byte)RecordKind.Entry or > (byte)RecordKind.Seal || length < 0 || length > high - offset)
            return false;
        header = new RecordHeader(
            (RecordKind)from[60],
            (EntryKind)from[61],
            new GroupId(BinaryPrimitives.ReadUInt32LittleEndian(from[48..])),
            new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(from[24..])),
            new Epoch(BinaryPrimitives.ReadUInt128LittleEndian(from[32..])),
            length,
            BinaryPrimitives.ReadUInt32LittleEndian(from[52..]),
            offset,
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[56..]));
        return true;
    }
}
