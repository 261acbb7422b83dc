using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Storage.Directories;

/// <summary>
/// The <c>first-configuration</c> file: the configuration before the log's first entry, written once, when a directory is made. A member that is
/// started with other options later must not take itself for another cluster, nor one that is to be taken back for one that founds it.
/// </summary>
internal static class FirstConfigurationFile
{
    /// <summary>The file.</summary>
    public const string Path = "first-configuration";

    public static byte[] ToBytes(Configuration first)
    {
        byte[] content = first.ToBytes();
        byte[] bytes = new byte[sizeof(uint) + content.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Crc32C.Of(content));
        content.CopyTo(bytes, sizeof(uint));
        return bytes;
    }

    /// <summary>Reads the file.</summary>
    /// <returns>Null: it is damaged.</returns>
    public static Configuration? Read(ReadOnlySpan<byte> from)
    {
        if (from.Length < sizeof(uint) || BinaryPrimitives.ReadUInt32LittleEndian(from) != Crc32C.Of(from[sizeof(uint)..]))
            return null;
        try
        {
            return Configuration.Read(from[sizeof(uint)..]);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }
}
