using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Accept as bytes: kind, ballot, first slot, decided, round, count; for each proposal its kind, payload length and checksum; then the
/// payloads, in the same order, to the end of the frame. One object decodes into room of its own, reused.
/// </summary>
internal sealed class AcceptCodec
{
    /// <summary>Bytes before the proposals.</summary>
    public const int FixedBytes = 1 + PaxosWire.BallotBytes + 8 + 8 + 8 + 4;

    private Entry[] room = new Entry[64];

    /// <summary>Bytes of the header with <paramref name="count"/> proposals.</summary>
    public static int HeaderBytes(int count) => FixedBytes + (count * PayloadCutter.AnnouncedBytes);

    /// <summary>Writes all before the proposals; the caller announces each by <see cref="PayloadCutter.Announce"/>.</summary>
    public static WireWriter WriteFixed(Span<byte> into, Ballot ballot, LogIndex first, LogIndex decided, ulong round, int count)
    {
        var writer = new WireWriter(into, (byte)MessageKind.Accept);
        writer.Ballot(ballot);
        writer.Index(first);
        writer.Index(decided);
        writer.UInt64(round);
        writer.UInt32((uint)count);
        return writer;
    }

    /// <summary>Reads a frame.</summary>
    /// <returns>False when the bytes are none: cut short, too long, out of range, damaged, a configuration that is none.</returns>
    public bool TryRead(in Payload frame, out Accept message)
    {
        message = default;
        var reader = new WireReader(frame.Span);
        if (!ReadFixed(ref reader, out Ballot ballot, out LogIndex first, out LogIndex decided, out ulong round, out int count))
            return false;
        if (count > room.Length)
            room = new Entry[Math.Max(count, room.Length * 2)];
        var cutter = new PayloadCutter(frame, HeaderBytes(count));
        for (int i = 0; i < count; i++)
        {
            if (!cutter.TryCut(ref reader, first + i, ballot, out room[i]))
                return false;
        }

        message = new Accept(ballot, decided, round, room.AsSpan(0, count));
        return cutter.AtEnd;
    }

    /// <summary>Reads the header alone. For descriptions.</summary>
    public static bool TryReadHeader(ReadOnlySpan<byte> header, out Accept message, out LogIndex first, out int count)
    {
        var reader = new WireReader(header);
        bool read = ReadFixed(ref reader, out Ballot ballot, out first, out LogIndex decided, out ulong round, out count);
        message = new Accept(ballot, decided, round, []);
        return read;
    }

    private static bool ReadFixed(
        ref WireReader reader, out Ballot ballot, out LogIndex first, out LogIndex decided, out ulong round, out int count)
    {
        reader.Kind(MessageKind.Accept);
        ballot = reader.Ballot();
        first = reader.Slot();
        decided = reader.Index();
        round = reader.UInt64();
        uint announced = reader.UInt32();
        reader.Require(announced is > 0 and < int.MaxValue && announced <= (uint)reader.Remaining / PayloadCutter.AnnouncedBytes);
        count = (int)announced;
        return reader.Sound;
    }
}
