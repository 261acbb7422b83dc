using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>PreVoteReply as bytes: kind, term, granted, when it was asked.</summary>
internal static class PreVoteReplyCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + 8 + 1 + 8;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in PreVoteReply message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.PreVoteReply);
        writer.Term(message.Term);
        writer.Bool(message.Granted);
        writer.Tick(message.Asked);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out PreVoteReply message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.PreVoteReply);
        message = new PreVoteReply(reader.TermOrZero(), reader.Bool(), reader.Tick());
        return reader.Complete;
    }
}
