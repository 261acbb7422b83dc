using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Cuts payloads out of the end of a frame, in the order in which its header announces them, each read against the checksum made at its
/// origin: what a member accepts is what was proposed, or nothing. Takes no reference.
/// </summary>
internal ref struct PayloadCutter(Payload frame, int headerBytes)
{
    /// <summary>Header bytes of what announces a payload: kind, length, checksum.</summary>
    public const int AnnouncedBytes = 1 + 4 + 4;

    private readonly Payload frame = frame;
    private int at = headerBytes;

    /// <summary>Whether the frame has been cut up whole.</summary>
    public readonly bool AtEnd => at == frame.Length;

    /// <summary>Announces an entry's payload.</summary>
    public static void Announce(ref WireWriter writer, in Entry entry)
    {
        writer.Byte((byte)entry.Kind);
        writer.UInt32((uint)entry.Payload.Length);
        writer.UInt32(entry.Payload.Checksum);
    }

    /// <summary>Reads what <see cref="Announce"/> wrote and cuts the payload out.</summary>
    /// <returns>False when there is none such.</returns>
    public bool TryCut(ref WireReader reader, LogIndex slot, Ballot ballot, out Entry entry)
    {
        entry = default;
        byte kind = reader.Byte();
        uint length = reader.UInt32();
        uint checksum = reader.UInt32();
        reader.Require(kind <= (byte)EntryKind.Configuration && length <= (uint)(frame.Length - at));
        if (!reader.Sound || Crc32C.Of(frame.Span.Slice(at, (int)length)) != checksum)
            return false;
        Payload payload = length == 0 ? Payload.Empty : new Payload(frame.Block!, frame.Offset + at, (int)length, checksum);
        at += (int)length;
        entry = new Entry(slot, ballot.Epoch, (EntryKind)kind, payload);
        return entry.Kind != EntryKind.Configuration || IsConfiguration(payload.Span);
    }

    private static bool IsConfiguration(ReadOnlySpan<byte> bytes)
    {
        try
        {
            Configuration configuration = Configuration.Read(bytes);
            return configuration.Number > 0 && configuration.Voters.Length is > 0 and <= Roster.VotersMax;
        }
        catch (InvalidDataException)
        {
            return false; // the caller drops the link
        }
    }
}
