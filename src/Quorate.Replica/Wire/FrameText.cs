using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>Frames between replicas in words, for traces and diagrams.</summary>
public static class FrameText
{
    /// <summary>The words for a frame, of which the payloads may be left out: the core's for its messages, else the frame's kind.</summary>
    public static string Of(ReadOnlySpan<byte> frame, IConsensusEngine engine)
    {
        if (!Envelope.TryRead(frame, out Envelope envelope))
            return "no frame";
        return envelope.Kind == FrameKind.CoreMessage ? engine.Describe(frame[Envelope.SizeBytes..]) : $"{envelope.Kind}";
    }

    /// <summary>Whether it carries bytes of a snapshot, as one of many.</summary>
    public static bool IsSnapshotPiece(ReadOnlySpan<byte> frame) =>
        Envelope.TryRead(frame, out Envelope envelope) && envelope.Kind == FrameKind.SnapshotPiece;
}
