using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>TimeoutNow as bytes: kind, term.</summary>
internal static class TimeoutNowCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + 8;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in TimeoutNow message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.TimeoutNow);
        writer.Term(message.Term);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out TimeoutNow message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.TimeoutNow);
        message = new TimeoutNow(reader.Term());
        return reader.Complete;
    }
}
