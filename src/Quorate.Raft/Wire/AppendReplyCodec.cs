using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>AppendReply as bytes: kind, term, success, index, hint, round.</summary>
internal static class AppendReplyCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + 8 + 1 + 8 + 16 + 8;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in AppendReply message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.AppendReply);
        writer.Term(message.Term);
        writer.Bool(message.Success);
        writer.Index(message.Index);
        writer.Position(message.Hint);
        writer.UInt64(message.Round);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out AppendReply message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.AppendReply);
        message = new AppendReply(reader.Term(), reader.Bool(), reader.Index(), reader.Position(), reader.UInt64());
        return reader.Complete;
    }
}
