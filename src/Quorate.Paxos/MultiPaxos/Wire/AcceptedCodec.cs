using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Accepted as bytes: kind, ballot, first, last, round.</summary>
internal static class AcceptedCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + PaxosWire.BallotBytes + 8 + 8 + 8;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in Accepted message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.Accepted);
        writer.Ballot(message.Ballot);
        writer.Index(message.First);
        writer.Index(message.Last);
        writer.UInt64(message.Round);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out Accepted message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.Accepted);
        message = new Accepted(reader.Ballot(), reader.Slot(), reader.Slot(), reader.UInt64());
        reader.Require(message.First <= message.Last);
        return reader.Complete;
    }
}
