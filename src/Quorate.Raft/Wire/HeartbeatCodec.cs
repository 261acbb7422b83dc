using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Heartbeat as bytes: kind, term, commit, round.</summary>
internal static class HeartbeatCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + 8 + 8 + 8;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in Heartbeat message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.Heartbeat);
        writer.Term(message.Term);
        writer.Index(message.Commit);
        writer.UInt64(message.Round);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out Heartbeat message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.Heartbeat);
        message = new Heartbeat(reader.Term(), reader.Index(), reader.UInt64());
        return reader.Complete;
    }
}
