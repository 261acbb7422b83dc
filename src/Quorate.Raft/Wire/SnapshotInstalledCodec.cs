using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>SnapshotInstalled as bytes: kind, term, snapshot position.</summary>
internal static class SnapshotInstalledCodec
{
    /// <summary>Every one takes as many bytes.</summary>
    public const int SizeBytes = 1 + 8 + 16;

    /// <summary>Writes it into room of <see cref="SizeBytes"/>.</summary>
    public static void Write(in SnapshotInstalled message, Span<byte> into)
    {
        var writer = new WireWriter(into, (byte)MessageKind.SnapshotInstalled);
        writer.Term(message.Term);
        writer.Position(message.Snapshot);
    }

    /// <summary>Reads it; false when the bytes are none.</summary>
    public static bool TryRead(ReadOnlySpan<byte> from, out SnapshotInstalled message)
    {
        var reader = new WireReader(from);
        reader.Kind(MessageKind.SnapshotInstalled);
        message = new SnapshotInstalled(reader.Term(), reader.Position());
        return reader.Complete;
    }
}
