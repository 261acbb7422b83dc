using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>PreVote as bytes: kind, term, last position, when it was asked.</summary>
internal static class PreVoteCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + 8 + 16 + 8;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in PreVote message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.PreVote);
        writer.Term(message.Term);
        writer.Position(message.Last);
        writer.Tick(message.Asked);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out PreVote message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.PreVote);
        message = new PreVote(reader.Term(), reader.Position(), reader.Tick());
        return reader.Complete;
    }
}
