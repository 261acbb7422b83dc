using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>VoteReply as bytes: kind, term, granted.</summary>
internal static class VoteReplyCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + 8 + 1;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in VoteReply message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.VoteReply);
        writer.Term(message.Term);
        writer.Bool(message.Granted);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out VoteReply message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.VoteReply);
        message = new VoteReply(reader.Term(), reader.Bool());
        return reader.Complete;
    }
}
