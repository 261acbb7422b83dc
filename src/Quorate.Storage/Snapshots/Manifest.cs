using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Storage.Snapshots;

/// <summary>
/// Names the published checkpoint of a group. The file is replaced by rename, so a crash leaves the old one or the new.
/// </summary>
internal sealed record Manifest
{
    private const ulong Magic = 0x3154534E414D5451; // "QTMANST1"
    private const int FixedBytes = 112;

    /// <summary>What it stands for.</summary>
    public required SnapshotInfo Info { get; init; }

    /// <summary>Whose.</summary>
    public required GroupId Group { get; init; }

    /// <summary>The last entry that the state machine had applied.</summary>
    public required LogIndex Applied { get; init; }

    /// <summary>The log was durable up to this offset when it was published.</summary>
    public required long LogOffset { get; init; }

    /// <summary>Log records before this offset, with an index up to <see cref="CutIndex"/>, were replaced by an installed snapshot.</summary>
    public required long CutOffset { get; init; }

    /// <summary>See <see cref="CutOffset"/>.</summary>
    public required LogIndex CutIndex { get; init; }

    /// <summary>The file.</summary>
    public required BlockFile File { get; init; }

    /// <summary>Where the group's manifest lies.</summary>
    public static string PathOf(GroupId group) => $"snap/{group.Value:x8}.manifest";

    /// <summary>Under this name it is written before it gets its own.</summary>
    public static string NewPathOf(GroupId group) => $"snap/{group.Value:x8}.manifest.new";

    public byte[] ToBytes()
    {
        byte[] configuration = Info.Configuration.ToBytes();
        byte[] bytes = new byte[FixedBytes + configuration.Length + sizeof(uint)];
        Span<byte> into = bytes;
        BinaryPrimitives.WriteUInt64LittleEndian(into, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(into[8..], Group.Value);
        BinaryPrimitives.WriteInt32LittleEndian(into[12..], configuration.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(into[16..], Info.Index.Value);
        BinaryPrimitives.WriteUInt128LittleEndian(into[24..], Info.Epoch.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(into[40..], Applied.Value);
        BinaryPrimitives.WriteInt64LittleEndian(into[48..], LogOffset);
        BinaryPrimitives.WriteInt64LittleEndian(into[56..], CutOffset);
        BinaryPrimitives.WriteUInt64LittleEndian(into[64..], CutIndex.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(into[72..], File.Number);
        BinaryPrimitives.WriteUInt64LittleEndian(into[80..], File.Seed);
        BinaryPrimitives.WriteInt64LittleEndian(into[88..], File.LengthBytes);
        configuration.CopyTo(into[FixedBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(into[^sizeof(uint)..], Crc32C.Of(into[..^sizeof(uint)]));
        return bytes;
    }

    /// <summary>Reads what <see cref="ToBytes"/> wrote.</summary>
    /// <returns>Null: it is damaged.</returns>
    public static Manifest? Read(ReadOnlySpan<byte> from, GroupId group)
    {
        if (from.Length < FixedBytes + sizeof(uint)
            || BinaryPrimitives.ReadUInt64LittleEndian(from) != Magic
            || BinaryPrimitives.ReadUInt32LittleEndian(from[8..]) != group.Value
            || BinaryPrimitives.ReadInt32LittleEndian(from[12..]) != from.Length - FixedBytes - sizeof(uint)
            || BinaryPrimitives.ReadUInt32LittleEndian(from[^sizeof(uint)..]) != Crc32C.Of(from[..^sizeof(uint)]))
            return null;
        return new Manifest
        {
            Group = group,
            Info = new SnapshotInfo(
                new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(from[16..])),
                new Epoch(BinaryPrimitives.ReadUInt128LittleEndian(from[24..])),
                Configuration.Read(from[FixedBytes..^sizeof(uint)])),
            Applied = new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(from[40..])),
            LogOffset = BinaryPrimitives.ReadInt64LittleEndian(from[48..]),
            CutOffset = BinaryPrimitives.ReadInt64LittleEndian(from[56..]),
            CutIndex = new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(from[64..])),
            File = new BlockFile(
                group,
                BinaryPrimitives.ReadUInt64LittleEndian(from[72..]),
                BinaryPrimitives.ReadUInt64LittleEndian(from[80..]),
                BinaryPrimitives.ReadInt64LittleEndian(from[88..])),
        };
    }
}
