using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>HandOver as bytes: kind, ballot.</summary>
internal static class HandOverCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + PaxosWire.BallotBytes;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in HandOver message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.HandOver);
        writer.Ballot(message.Ballot);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out HandOver message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.HandOver);
        message = new HandOver(reader.Ballot());
        return reader.Complete;
    }
}
