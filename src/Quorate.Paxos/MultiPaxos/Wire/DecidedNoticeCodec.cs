using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>DecidedNotice as bytes: kind, ballot, decided, leads.</summary>
internal static class DecidedNoticeCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + PaxosWire.BallotBytes + 8 + 1;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in DecidedNotice message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.DecidedNotice);
        writer.Ballot(message.Ballot);
        writer.Index(message.Decided);
        writer.Bool(message.Leads);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out DecidedNotice message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.DecidedNotice);
        message = new DecidedNotice(reader.Ballot(), reader.Index(), reader.Bool());
        return reader.Complete;
    }
}
