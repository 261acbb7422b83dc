using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Heartbeat as bytes: kind, ballot, decided, round, beat.</summary>
internal static class HeartbeatCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + PaxosWire.BallotBytes + 8 + 8 + 8;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in Heartbeat message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.Heartbeat);
        writer.Ballot(message.Ballot);
        writer.Index(message.Decided);
        writer.UInt64(message.Round);
        writer.UInt64(message.Beat);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out Heartbeat message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.Heartbeat);
        message = new Heartbeat(reader.Ballot(), reader.Index(), reader.UInt64(), reader.UInt64());
        return reader.Complete;
    }
}
