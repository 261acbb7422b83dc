using Quorate.Consensus;

namespace Quorate.Storage.Records;

/// <summary>
/// What one sync makes durable: records for the front of a segment, their identities for its back. Reused; a flush never crosses a
/// segment's end, so that at most one segment has an unsynced stretch.
/// </summary>
internal sealed class Flush(int flushBytesMax)
{
    // Room is kept for the seal. Identities are at most as many as the shortest records could be.
    private readonly int recordBytesMax = flushBytesMax - RecordHeader.SizeBytes;
    private readonly int recordsMax = Math.Max(flushBytesMax / 8 / RecordHeader.SizeBytes, 2);
    private readonly AlignedBuffer records = new();
    private readonly AlignedBuffer identities = new();
    private Segment segment = null!; // from the first Begin on
    private long durable;
    private int bytes;

    /// <summary>Records in it.</summary>
    public int Count { get; private set; }

    /// <summary>Whether it holds more than a mark or a seal.</summary>
    public bool HasContent { get; private set; }

    /// <summary>Whether it ends its segment.</summary>
    public bool Sealed { get; private set; }

    /// <summary>The segment it goes to.</summary>
    public Segment Segment => segment;

    /// <summary>Bytes for <see cref="RecordsAt"/>.</summary>
    public Memory<byte> Records => records.Memory[..bytes];

    /// <summary>Position in the file.</summary>
    public int RecordsAt => segment.End;

    /// <summary>Bytes for <see cref="IdentitiesAt"/>.</summary>
    public Memory<byte> Identities => identities.Memory[^(Count * RecordHeader.SizeBytes)..];

    /// <summary>Position in the file.</summary>
    public int IdentitiesAt => segment.IdentityAt(segment.Records + Count - 1);

    /// <summary>Log offset behind it.</summary>
    public long EndOffset => segment.EndOffset + bytes;

    /// <summary>Starts an empty flush into <paramref name="into"/>, while the log is durable up to <paramref name="durableOffset"/>.</summary>
    public void Begin(Segment into, long durableOffset)
    {
        segment = into;
        durable = durableOffset;
        bytes = 0;
        Count = 0;
        Sealed = false;
        HasContent = false;
        identities.Reserve(Math.Min(recordsMax + 1, 1024) * RecordHeader.SizeBytes);
    }

    /// <summary>Whether a record may be added as far as this flush's own bounds go; the first always may.</summary>
    public bool HasRoom(int payloadLength) =>
        !Sealed && (Count == 0 || (Count < recordsMax && bytes + RecordHeader.RecordBytesOf(payloadLength) <= recordBytesMax));

    /// <summary>Whether the segment holds one more.</summary>
    public bool FitsSegment(int payloadLength) =>
        segment.Fits(segment.End + bytes, segment.Records + Count, payloadLength)
        && Segment.FlushBytesOf(payloadLength) <= segment.FlushBytesMax; // what a cut may tear is erased no further than that

    /// <summary>Adds an entry.</summary>
    /// <returns>Its log offset.</returns>
    public long Add(GroupId group, in Entry entry)
    {
        segment.Note(group, entry.Index, entry.Epoch);
        return Add(
            RecordKind.Entry, entry.Kind, group, entry.Index, entry.Epoch, entry.Payload.Span, entry.Payload.Checksum);
    }

    /// <summary>Adds a truncation.</summary>
    public void AddTruncate(GroupId group, LogIndex after) => Add(RecordKind.TruncateAfter, 0, group, after, default, default, 0);

    /// <summary>Adds a record that only says how far the log is durable.</summary>
    public void AddMark() => Add(RecordKind.Mark, 0, default, default, default, default, 0);

    /// <summary>Ends the segment.</summary>
    public void AddSeal()
    {
        Add(RecordKind.Seal, 0, default, default, default, default, 0);
        Sealed = true;
    }

    /// <summary>It is durable: the segment has grown by it.</summary>
    public void Apply()
    {
        segment.End += bytes;
        segment.Records += Count;
        bytes = 0;
        Count = 0;
    }

    private long Add(
        RecordKind kind, EntryKind entryKind, GroupId group, LogIndex index, Epoch epoch, ReadOnlySpan<byte> payload, uint checksum)
    {
        long offset = segment.EndOffset + bytes;
        int ordinal = segment.Records + Count;
        var header = new RecordHeader(kind, entryKind, group, index, epoch, payload.Length, checksum, offset, durable, ordinal);
        Span<byte> record = RoomFor(header.RecordBytes);
        header.Write(record, segment.Life);
        payload.CopyTo(record[RecordHeader.SizeBytes..]);
        record[(RecordHeader.SizeBytes + payload.Length)..].Clear();

        // Identities fill their buffer from its end, as they do the segment.
        Span<byte> identity = IdentityRoom();
        record[..RecordHeader.SizeBytes].CopyTo(identity);
        bytes += record.Length;
        Count++;
        HasContent |= kind is RecordKind.Entry or RecordKind.TruncateAfter;
        return offset;
    }

    private Span<byte> RoomFor(int count)
    {
        if (records.Memory.Length < bytes + count)
        {
            ReadOnlyMemory<byte> before = records.Memory[..bytes];
            records.Reserve(bytes + count);
            before.CopyTo(records.Memory);
        }

        return records.Memory.Span.Slice(bytes, count);
    }

    private Span<byte> IdentityRoom()
    {
        int used = Count * RecordHeader.SizeBytes;
        if (identities.Memory.Length < used + RecordHeader.SizeBytes)
        {
            ReadOnlyMemory<byte> before = identities.Memory[^used..];
            identities.Reserve(used + RecordHeader.SizeBytes);
            before.CopyTo(identities.Memory[^used..]);
        }

        return identities.Memory.Span[^(used + RecordHeader.SizeBytes)..^used];
    }
}
