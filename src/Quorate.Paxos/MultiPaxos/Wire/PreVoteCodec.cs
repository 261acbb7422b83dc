using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>PreVote as bytes: kind, ballot, from, when it was asked.</summary>
internal static class PreVoteCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + PaxosWire.BallotBytes + 8 + 8;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in PreVote message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.PreVote);
        writer.Ballot(message.Ballot);
        writer.Index(message.From);
        writer.Tick(message.Asked);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out PreVote message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.PreVote);
        message = new PreVote(reader.Ballot(), reader.Slot(), reader.Tick());
        return reader.Complete;
    }
}
