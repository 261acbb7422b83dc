using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>CommitNotice as bytes: kind, term, commit.</summary>
internal static class CommitNoticeCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + 8 + 8;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in CommitNotice message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.CommitNotice);
        writer.Term(message.Term);
        writer.Index(message.Commit);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out CommitNotice message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.CommitNotice);
        message = new CommitNotice(reader.Term(), reader.Index());
        return reader.Complete;
    }
}
