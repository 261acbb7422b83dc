using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>HeartbeatReply as bytes: kind, ballot, round, beat, agreed, durable, decided on disk, has room.</summary>
internal static class HeartbeatReplyCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + PaxosWire.BallotBytes + 8 + 8 + 8 + 8 + 8 + 1;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in HeartbeatReply message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.HeartbeatReply);
        writer.Ballot(message.Ballot);
        writer.UInt64(message.Round);
        writer.UInt64(message.Beat);
        writer.Index(message.Agreed);
        writer.Index(message.Durable);
        writer.Index(message.DecidedOnDisk);
        writer.Bool(message.HasRoom);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out HeartbeatReply message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.HeartbeatReply);
        message = new HeartbeatReply(
            reader.Ballot(), reader.UInt64(), reader.UInt64(), reader.Index(), reader.Index(), reader.Index(), reader.Bool());
        return reader.Complete;
    }
}
