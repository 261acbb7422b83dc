using System.Buffers.Binary;
using Quorate.Consensus;
using Quorate.Platform;

namespace Quorate.Storage.Records;

/// <summary>
/// One life of a segment file: its fixed facts, and how far it is filled. Records grow from the header up, identities
/// from the far end down; it is full when they would meet.
/// </summary>
internal sealed class Segment
{
    /// <summary>Bytes before the first record: the header block, twice.</summary>
    public const int HeaderBytes = 2 * HeaderCopyBytes;

    /// <summary>Bytes of one header block.</summary>
    public const int HeaderCopyBytes = 4096;

    private const ulong Magic = 0x3147455345544151; // "QATESEG1"
    private const int ChecksumAt = HeaderCopyBytes - 4;

    /// <summary>Counts segments from 1 on; the file is named for it.</summary>
    public required ulong Sequence { get; init; }

    /// <summary>Log offset of the file's first byte.</summary>
    public required long Base { get; init; }

    /// <summary>Bytes of the file.</summary>
    public required int SizeBytes { get; init; }

    /// <summary>64 bits drawn for this life.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Bytes written between two syncs at most while this life lasts: how far an unsynced stretch can reach.</summary>
    public required int FlushBytesMax { get; set; }

    /// <summary>The file, open.</summary>
    public DiskFile File { get; set; }

    /// <summary>Position in the file where the next record goes.</summary>
    public int End { get; set; } = HeaderBytes;

    /// <summary>Records in it.</summary>
    public int Records { get; set; }

    /// <summary>Of each group with entries in it, how far they reach.</summary>
    public List<GroupReach> Reach { get; } = [];

    /// <summary>What header checksums go on from.</summary>
    public uint Life { get; private init; }

    /// <summary>Log offset behind the file's last byte.</summary>
    public long Limit => Base + SizeBytes;

    /// <summary>Log offset where the next record goes.</summary>
    public long EndOffset => Base + End;

    public string Path => PathOf(Sequence);

    public static string PathOf(ulong sequence) => $"log/{sequence:x16}.log";

    public static string SparePathOf(ulong sequence) => $"log/{sequence:x16}.spare";

    /// <summary>Position of the identity of the <paramref name="ordinal"/>th record.</summary>
    public int IdentityAt(int ordinal) => SizeBytes - (RecordHeader.SizeBytes * (ordinal + 1));

    /// <summary>Whether a record fits behind <paramref name="records"/> others that end at <paramref name="end"/>, with room left to seal.</summary>
    public bool Fits(int end, int records, int payloadLength) =>
        end + RecordHeader.RecordBytesOf(payloadLength) + RecordHeader.SizeBytes <= IdentityAt(records + 1);

    /// <summary>Whether it takes such an entry as its first.</summary>
    public bool IsMadeFor(int payloadLength) => SegmentBytesOf(payloadLength) <= SizeBytes && FlushBytesOf(payloadLength) <= FlushBytesMax;

    /// <summary>Notes an entry.</summary>
    public void Note(GroupId group, LogIndex index, Epoch epoch)
    {
        foreach (GroupReach reach in Reach)
        {
            if (reach.Group != group)
                continue;
            reach.Index = LogIndex.Max(reach.Index, index);
            if (epoch > reach.Epoch)
                reach.Epoch = epoch;
            return;
        }

        Reach.Add(new GroupReach(group) { Index = index, Epoch = epoch });
    }

    /// <summary>Bytes of a flush with that entry and a seal, in whole pages.</summary>
    public static int FlushBytesOf(int payloadLength) => WholePages(RecordHeader.RecordBytesOf(payloadLength) + RecordHeader.SizeBytes);

    /// <summary>Bytes of the smallest segment that holds that entry, a seal and both identities.</summary>
    public static int SegmentBytesOf(int payloadLength) =>
        WholePages(HeaderBytes + RecordHeader.RecordBytesOf(payloadLength) + (4 * RecordHeader.SizeBytes));

    /// <summary>A new life.</summary>
    public static Segment Begin(ulong sequence, long start, int sizeBytes, int flushBytesMax, ulong seed)
    {
        Invariant.Check(sizeBytes >= 65536 && sizeBytes % 4096 == 0 && flushBytesMax % 4096 == 0 && flushBytesMax >= 16384);
        return new Segment
        {
            Sequence = sequence, Base = start, SizeBytes = sizeBytes, FlushBytesMax = flushBytesMax, Seed = seed, Life = LifeOf(seed),
        };
    }

    /// <summary>Both header blocks.</summary>
    public void WriteHeader(Span<byte> into, InstanceId instance)
    {
        into[..HeaderBytes].Clear();
        for (int copy = 0; copy < 2; copy++)
        {
            Span<byte> block = into.Slice(copy * HeaderCopyBytes, HeaderCopyBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(block, Magic);
            BinaryPrimitives.WriteUInt64LittleEndian(block[8..], Sequence);
            BinaryPrimitives.WriteInt64LittleEndian(block[16..], Base);
            BinaryPrimitives.WriteUInt64LittleEndian(block[24..], Seed);
            BinaryPrimitives.WriteUInt64LittleEndian(block[32..], instance.Value);
            BinaryPrimitives.WriteInt32LittleEndian(block[40..], SizeBytes);
            BinaryPrimitives.WriteInt32LittleEndian(block[44..], FlushBytesMax);
            BinaryPrimitives.WriteInt32LittleEndian(block[48..], copy);
            BinaryPrimitives.WriteUInt32LittleEndian(block[ChecksumAt..], Crc32C.Of(block[..ChecksumAt]));
        }
    }

    /// <summary>Where the header blocks lie in the file, and in their bytes.</summary>
    public static (long Offset, Memory<byte> Bytes)[] HeaderCopiesOf(Memory<byte> header) =>
        [(0, header[..HeaderCopyBytes]), (HeaderCopyBytes, header.Slice(HeaderCopyBytes, HeaderCopyBytes))];

    /// <summary>Reads one of the header blocks.</summary>
    /// <returns>Null: it is not whole, not this copy, or of another directory.</returns>
    public static Segment? ReadHeader(ReadOnlySpan<byte> from, int copy, InstanceId instance)
    {
        ReadOnlySpan<byte> block = from.Slice(copy * HeaderCopyBytes, HeaderCopyBytes);
        if (BinaryPrimitives.ReadUInt64LittleEndian(block) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(block[ChecksumAt..]) != Crc32C.Of(block[..ChecksumAt])
            || BinaryPrimitives.ReadUInt64LittleEndian(block[32..]) != instance.Value
            || BinaryPrimitives.ReadInt32LittleEndian(block[48..]) != copy)
            return null;
        return Begin(
            BinaryPrimitives.ReadUInt64LittleEndian(block[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(block[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(block[40..]),
            BinaryPrimitives.ReadInt32LittleEndian(block[44..]),
            BinaryPrimitives.ReadUInt64LittleEndian(block[24..]));
    }

    private static int WholePages(int bytes) => checked(bytes + HeaderCopyBytes - 1) & ~(HeaderCopyBytes - 1);

    private static uint LifeOf(ulong seed)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, seed);
        return Crc32C.Of(bytes);
    }
}

/// <summary>How far a group's entries in one segment reach, voided ones included.</summary>
internal sealed class GroupReach(GroupId group)
{
    public GroupId Group { get; } = group;

    /// <summary>The highest index.</summary>
    public LogIndex Index { get; set; }

    /// <summary>The highest epoch.</summary>
    public Epoch Epoch { get; set; }
}
