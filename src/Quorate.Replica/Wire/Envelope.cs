using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// What every frame between two replicas begins with. Version 1, little-endian: kind (1), version (1), zero (2), group (4), sender (8),
/// sender's instance (8).
/// </summary>
internal readonly record struct Envelope(FrameKind Kind, GroupId Group, NodeId Sender, InstanceId Instance)
{
    public const int SizeBytes = 24;

    private const byte Version = 1;

    public FrameWriter Write(FrameWriter into) => into.Clear()
        .Byte((byte)Kind).Byte(Version).UInt16(0).UInt32(Group.Value).UInt64(Sender.Value).UInt64(Instance.Value);

    /// <summary>Reads an envelope; false when the bytes are none of this version.</summary>
    public static bool TryRead(ReadOnlySpan<byte> frame, out Envelope envelope)
    {
        var reader = new WireReader(frame);
        var kind = (FrameKind)reader.Byte();
        byte version = reader.Byte();
        ushort zero = reader.UInt16();
        envelope = new Envelope(
            kind, new GroupId(reader.UInt32()), new NodeId(reader.UInt64()), new InstanceId(reader.UInt64()));
        return reader.Sound && version == Version && zero == 0;
    }
}
