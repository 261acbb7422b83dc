using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Storage.Snapshots;

/// <summary>
/// A checkpoint's file: blocks of 64 KiB, each with a checksum that also covers its place and the file's own 64 random bits, so that a
/// misdirected block, or one of another checkpoint, is never taken for it.
/// </summary>
/// <param name="Group">Whose.</param>
/// <param name="Number">Grows with each file of the group; part of its name.</param>
/// <param name="Seed">The file's own random bits.</param>
/// <param name="LengthBytes">Bytes of state in it.</param>
internal sealed record BlockFile(GroupId Group, ulong Number, ulong Seed, long LengthBytes)
{
    /// <summary>Bytes of a block on disk; the last one is shorter.</summary>
    public const int BlockBytes = 64 << 10;

    /// <summary>Bytes of state in a whole block.</summary>
    public const int ContentBytes = BlockBytes - HeaderBytes;

    /// <summary>Bytes before a block's content.</summary>
    public const int HeaderBytes = 16;

    /// <summary>What ends the names of these files.</summary>
    public const string Extension = ".checkpoint";

    /// <summary>The file.</summary>
    public string Path => $"snap/{Group.Value:x8}-{Number:x16}{Extension}";

    /// <summary>Where on disk the block lies that holds state byte <paramref name="position"/>.</summary>
    public static long BlockOffset(long position) => position / ContentBytes * BlockBytes;

    /// <summary>Bytes on disk of that block, in this file.</summary>
    public int BlockLength(long position) =>
        HeaderBytes + (int)Math.Min(ContentBytes, LengthBytes - (position / ContentBytes * ContentBytes));

    /// <summary>Fills in the header of a block whose content is there.</summary>
    public void Seal(Span<byte> block, long blockNumber)
    {
        BinaryPrimitives.WriteInt32LittleEndian(block[4..], block.Length - HeaderBytes);
        BinaryPrimitives.WriteInt64LittleEndian(block[8..], blockNumber);
        BinaryPrimitives.WriteUInt32LittleEndian(block, ChecksumOf(block));
    }

    /// <summary>Whether this is block <paramref name="blockNumber"/> of the file, whole.</summary>
    public bool IsWhole(ReadOnlySpan<byte> block, long blockNumber) =>
        block.Length >= HeaderBytes
        && BinaryPrimitives.ReadInt32LittleEndian(block[4..]) == block.Length - HeaderBytes
        && BinaryPrimitives.ReadInt64LittleEndian(block[8..]) == blockNumber
        && BinaryPrimitives.ReadUInt32LittleEndian(block) == ChecksumOf(block);

    private uint ChecksumOf(ReadOnlySpan<byte> block)
    {
        Span<byte> seed = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(seed, Seed);
        return Crc32C.Extend(Crc32C.Of(seed), block[4..]);
    }
}
