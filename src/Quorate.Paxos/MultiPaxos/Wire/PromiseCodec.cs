using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Promise as bytes: kind, ballot, first slot, next slot, what follows, decided, count; for each acceptance its slot, ballot, kind,
/// payload length and checksum; then the payloads, in the same order, to the end of the frame. One object decodes into room of its own, reused.
/// </summary>
internal sealed class PromiseCodec
{
    /// <summary>Bytes before the acceptances.</summary>
    public const int FixedBytes = 1 + PaxosWire.BallotBytes + 8 + 8 + 1 + 8 + 4;

    /// <summary>Header bytes for each acceptance.</summary>
    public const int AcceptanceBytes = 8 + PaxosWire.BallotBytes + PayloadCutter.AnnouncedBytes;

    private Entry[] room = new Entry[64];

    /// <summary>Bytes of the header with <paramref name="count"/> acceptances.</summary>
    public static int HeaderBytes(int count) => FixedBytes + (count * AcceptanceBytes);

    /// <summary>Writes all before the acceptances; the caller adds each by <see cref="WriteAcceptance"/>.</summary>
    public static WireWriter WriteFixed(
        Span<byte> into, Ballot ballot, LogIndex from, LogIndex next, PromiseRest rest, LogIndex decided, int count)
    {
        var writer = new WireWriter(into, (byte)MessageKind.Promise);
        writer.Ballot(ballot);
        writer.Index(from);
        writer.Index(next);
        writer.Byte((byte)rest);
        writer.Index(decided);
        writer.UInt32((uint)count);
        return writer;
    }

    /// <summary>Writes the header's part of an acceptance.</summary>
    public static void WriteAcceptance(ref WireWriter writer, in Entry accepted)
    {
        writer.Index(accepted.Index);
        writer.Ballot(Ballot.Of(accepted.Epoch));
        PayloadCutter.Announce(ref writer, accepted);
    }

    /// <summary>Reads a frame.</summary>
    /// <returns>False when the bytes are none: cut short, too long, out of range or order, damaged, a configuration that is none.</returns>
    public bool TryRead(in Payload frame, out Promise message)
    {
        message = default;
        var reader = new WireReader(frame.Span);
        if (!ReadFixed(ref reader, out Promise header, out int count))
            return false;
        if (count > room.Length)
            room = new Entry[Math.Max(count, room.Length * 2)];
        var cutter = new PayloadCutter(frame, HeaderBytes(count));
        LogIndex before = header.From.Previous;
        for (int i = 0; i < count; i++)
        {
            LogIndex slot = reader.Slot();
            Ballot ballot = reader.Ballot();
            reader.Require(slot > before && slot < header.Next && ballot <= header.Ballot);
            if (!cutter.TryCut(ref reader, slot, ballot, out room[i]))
                return false;
            before = slot;
        }

        message = new Promise(header.Ballot, header.From, header.Next, header.Rest, header.Decided, room.AsSpan(0, count));
        return cutter.AtEnd;
    }

    /// <summary>Reads the header alone. For descriptions.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out Promise message, out int count)
    {
        var reader = new WireReader(header);
        return ReadFixed(ref reader, out message, out count);
    }

    private static bool ReadFixed(scoped ref WireReader reader, out Promise message, out int count)
    {
        reader.Kind(MessageKind.Promise);
        message = new Promise(reader.Ballot(), reader.Slot(), reader.Slot(), (PromiseRest)reader.Byte(), reader.Index(), []);
        uint announced = reader.UInt32();
        reader.Require(message.Next >= message.From && message.Rest <= PromiseRest.Piece);
        reader.Require(message.Rest == PromiseRest.Nothing || message.Next > message.From);
        reader.Require(announced <= (uint)reader.Remaining / AcceptanceBytes);
        count = (int)announced;
        return reader.Sound;
    }
}
