using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>RequestVote as bytes: kind, term, last position, transfer.</summary>
internal static class RequestVoteCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + 8 + 16 + 1;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in RequestVote message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.RequestVote);
        writer.Term(message.Term);
        writer.Position(message.Last);
        writer.Bool(message.Transfer);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out RequestVote message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.RequestVote);
        message = new RequestVote(reader.Term(), reader.Position(), reader.Bool());
        return reader.Complete;
    }
}
