using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Prepare as bytes: kind, ballot, from, ballot handed over.</summary>
internal static class PrepareCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + PaxosWire.BallotBytes + 8 + PaxosWire.BallotBytes;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in Prepare message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.Prepare);
        writer.Ballot(message.Ballot);
        writer.Index(message.From);
        writer.Ballot(message.HandedOver);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out Prepare message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.Prepare);
        message = new Prepare(reader.Ballot(), reader.Slot(), reader.BallotOrZero());
        return reader.Complete;
    }
}
