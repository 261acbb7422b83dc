using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Refused as bytes: kind, ballot, promised.</summary>
internal static class RefusedCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + PaxosWire.BallotBytes + PaxosWire.BallotBytes;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in Refused message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.Refused);
        writer.Ballot(message.Ballot);
        writer.Ballot(message.Promised);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out Refused message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.Refused);
        message = new Refused(reader.Ballot(), reader.BallotOrZero());
        return reader.Complete;
    }
}
