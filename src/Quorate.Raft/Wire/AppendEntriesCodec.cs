using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// AppendEntries as bytes: kind, term, previous position, commit, round, count; for each entry its term, kind, payload length and
/// checksum; then the payloads, in the same order, to the end of the frame. One object decodes into room of its own, reused.
/// </summary>
internal sealed class AppendEntriesCodec
{
    /// <summary>Bytes before the entries.</summary>
    public const int FixedBytes = 1 + 8 + 16 + 8 + 8 + 4;

    /// <summary>Header bytes for each entry.</summary>
    public const int EntryBytes = 8 + 1 + 4 + 4;

    private Entry[] room = new Entry[64];

    /// <summary>Bytes of the header with <paramref name="entries"/> entries.</summary>
    public static int HeaderBytes(int entries) => FixedBytes + (entries * EntryBytes);

    /// <summary>Writes all before the entries; the caller adds each by <see cref="WriteEntry"/>.</summary>
    public static WireWriter WriteFixed(
        Span<byte> into, Term term, LogPosition previous, LogIndex commit, ulong round, int count)
    {
        var writer = new WireWriter(into, (byte)MessageKind.AppendEntries);
        writer.Term(term);
        writer.Position(previous);
        writer.Index(commit);
        writer.UInt64(round);
        writer.UInt32((uint)count);
        return writer;
    }

    /// <summary>Writes the header's part of an entry.</summary>
    public static void WriteEntry(ref WireWriter writer, in Entry entry)
    {
        writer.Term(entry.Epoch.Term);
        writer.Byte((byte)entry.Kind);
        writer.UInt32((uint)entry.Payload.Length);
        writer.UInt32(entry.Payload.Checksum);
    }

    /// <summary>
    /// Reads a frame, and each payload against the checksum made at its origin: what this member writes and acknowledges is what was
    /// proposed, or nothing. The entries' payloads lie in the frame's block; no reference is taken.
    /// </summary>
    /// <returns>False when the bytes are none: cut short, too long, out of range, damaged, terms that fall, a configuration that is none.</returns>
    public bool TryRead(in Payload frame, out AppendEntries message)
    {
        var reader = new WireReader(frame.Span);
        reader.Kind(MessageKind.AppendEntries);
        Term term = reader.Term();
        LogPosition previous = reader.Position();
        LogIndex commit = reader.Index();
        ulong round = reader.UInt64();
        uint count = reader.UInt32();
        reader.Require(previous.Term <= term && count <= (uint)reader.Remaining / EntryBytes);
        message = default;
        if (!reader.Sound || !ReadEntries(ref reader, frame, previous, term, (int)count))
            return false;
        message = new AppendEntries(term, previous, commit, round, room.AsSpan(0, (int)count));
        return true;
    }

    /// <summary>Reads the header alone: its fields and how many entries and payload bytes it announces. For descriptions.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out AppendEntries message, out int count, out long bytes)
    {
        var reader = new WireReader(header);
        reader.Kind(MessageKind.AppendEntries);
        message = new AppendEntries(reader.Term(), reader.Position(), reader.Index(), reader.UInt64(), []);
        count = (int)Math.Min(reader.UInt32(), int.MaxValue);
        bytes = 0;
        reader.Require(count <= reader.Remaining / EntryBytes);
        for (int i = 0; reader.Sound && i < count; i++)
        {
            reader.UInt64();
            reader.Byte();
            bytes += reader.UInt32();
            reader.UInt32();
        }

        return reader.Sound;
    }

    private bool ReadEntries(ref WireReader reader, in Payload frame, LogPosition previous, Term leader, int count)
    {
        if (count > room.Length)
            room = new Entry[Math.Max(count, room.Length * 2)];
        int offset = frame.Offset + HeaderBytes(count);
        int end = frame.Offset + frame.Length;
        LogPosition last = previous;
        for (int i = 0; i < count; i++)
        {
            Term term = reader.Term();
            byte kind = reader.Byte();
            uint length = reader.UInt32();
            uint checksum = reader.UInt32();
            reader.Require(term >= last.Term && term <= leader); // terms only grow along a log
            reader.Require(kind <= (byte)EntryKind.Configuration && length <= (uint)(end - offset));
            if (!reader.Sound)
                return false;
            last = new LogPosition(last.Index.Next, term);
            if (Crc32C.Of(frame.Span.Slice(offset - frame.Offset, (int)length)) != checksum)
                return false;
            Payload payload = length == 0 ? Payload.Empty : new Payload(frame.Block!, offset, (int)length, checksum);
            room[i] = new Entry(last.Index, term.Epoch, (EntryKind)kind, payload);
            offset += (int)length;
            if (room[i].Kind == EntryKind.Configuration && !IsConfiguration(payload.Span))
                return false;
        }

        return offset == end;
    }

    private static bool IsConfiguration(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var read = Configuration.Read(bytes);
            return read.Voters.Length is > 0 and <= PeerTable.VotersMax && read.Outgoing.Length <= PeerTable.VotersMax;
        }
        catch (InvalidDataException)
        {
            return false; // the caller drops the link
        }
    }
}
