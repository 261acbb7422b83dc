using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>HeartbeatReply as bytes: kind, term, round, agreed, has room.</summary>
internal static class HeartbeatReplyCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + 8 + 8 + 8 + 1;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in HeartbeatReply message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.HeartbeatReply);
        writer.Term(message.Term);
        writer.UInt64(message.Round);
        writer.Index(message.Agreed);
        writer.Bool(message.HasRoom);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out HeartbeatReply message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.HeartbeatReply);
        message = new HeartbeatReply(reader.Term(), reader.UInt64(), reader.Index(), reader.Bool());
        return reader.Complete;
    }
}
