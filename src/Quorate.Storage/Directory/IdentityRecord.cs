using System.Buffers.Binary;
using System.Text;
using Quorate.Consensus;

namespace Quorate.Storage.Directories;

/// <summary>The <c>identity</c> file: made by rename when a directory is; two copies of one page each, of which a start writes a damaged one again.</summary>
/// <param name="Format">The format of everything in the directory.</param>
/// <param name="Identity">Whose it is.</param>
/// <param name="Instance">This life of it.</param>
internal sealed record IdentityRecord(uint Format, StorageIdentity Identity, InstanceId Instance)
{
    /// <summary>The format that this release writes, and the newest it reads.</summary>
    public const uint FormatCurrent = 1;

    /// <summary>The file.</summary>
    public const string Path = "identity";

    /// <summary>Under this name it is written before it gets its own.</summary>
    public const string NewPath = "identity.new";

    /// <summary>Bytes of the file.</summary>
    public const int FileBytes = 2 * CopyBytes;

    private const int CopyBytes = 4096;
    private const ulong Magic = 0x31544E4449455451; // "QTEIDNT1"
    private const int TextAt = 36;
    private const int ChecksumAt = CopyBytes - 4;

    /// <summary>Where the copies lie in the file, and in its bytes.</summary>
    public static (long Offset, Memory<byte> Bytes)[] CopiesOf(Memory<byte> file) =>
        [(0, file[..CopyBytes]), (CopyBytes, file.Slice(CopyBytes, CopyBytes))];

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[FileBytes];
        for (int copy = 0; copy < 2; copy++)
        {
            Span<byte> into = bytes.AsSpan(copy * CopyBytes, CopyBytes);
            BinaryPrimitives.WriteUInt64LittleEndian(into, Magic);
            BinaryPrimitives.WriteUInt32LittleEndian(into[8..], Format);
            BinaryPrimitives.WriteUInt64LittleEndian(into[12..], Identity.ClusterId);
            BinaryPrimitives.WriteUInt64LittleEndian(into[20..], Identity.Member.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(into[28..], Instance.Value);
            Span<byte> rest = into[TextAt..];
            WriteText(ref rest, Identity.Engine);
            WriteText(ref rest, Identity.Name);
            BinaryPrimitives.WriteUInt32LittleEndian(into[ChecksumAt..], Crc32C.Of(into[..ChecksumAt]));
        }

        return bytes;
    }

    /// <summary>Reads the file; one whole copy is enough.</summary>
    /// <returns>Null: neither is whole. Of a newer format only <see cref="Format"/> is set.</returns>
    public static IdentityRecord? Read(ReadOnlySpan<byte> from)
    {
        for (int copy = 0; copy < 2 && from.Length >= (copy + 1) * CopyBytes; copy++)
        {
            ReadOnlySpan<byte> block = from.Slice(copy * CopyBytes, CopyBytes);
            if (!IsWhole(block))
                continue;
            uint format = BinaryPrimitives.ReadUInt32LittleEndian(block[8..]);
            if (format > FormatCurrent)
                return new IdentityRecord(format, new StorageIdentity(0, NodeId.None, "", ""), InstanceId.Open);
            ReadOnlySpan<byte> rest = block[TextAt..ChecksumAt];
            string engine = ReadText(ref rest);
            string name = ReadText(ref rest);
            return new IdentityRecord(
                format,
                new StorageIdentity(
                    BinaryPrimitives.ReadUInt64LittleEndian(block[12..]),
                    new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(block[20..])),
                    engine,
                    name),
                new InstanceId(BinaryPrimitives.ReadUInt64LittleEndian(block[28..])));
        }

        return null;
    }

    /// <summary>Whether a copy is whole.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> copy) =>
        BinaryPrimitives.ReadUInt64LittleEndian(copy) == Magic
        && BinaryPrimitives.ReadUInt32LittleEndian(copy[ChecksumAt..]) == Crc32C.Of(copy[..ChecksumAt]);

    private static void WriteText(ref Span<byte> into, string text)
    {
        int length = Encoding.UTF8.GetBytes(text, into[2..]);
        Invariant.Check(length <= 1024);
        BinaryPrimitives.WriteUInt16LittleEndian(into, (ushort)length);
        into = into[(2 + length)..];
    }

    private static string ReadText(ref ReadOnlySpan<byte> from)
    {
        int length = BinaryPrimitives.ReadUInt16LittleEndian(from);
        string text = Encoding.UTF8.GetString(from.Slice(2, length));
        from = from[(2 + length)..];
        return text;
    }
}
