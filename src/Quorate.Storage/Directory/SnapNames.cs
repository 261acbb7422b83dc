using System.Globalization;
using Quorate.Consensus;
using Quorate.Storage.Snapshots;

namespace Quorate.Storage.Directories;

/// <summary>Reads the names in directory <c>snap</c>.</summary>
internal static class SnapNames
{
    private const string ManifestExtension = ".manifest";

    /// <summary>Whether it is a group's manifest.</summary>
    public static bool TryManifest(string name, out GroupId group)
    {
        bool read = Hex(name, 0, 8, out ulong value) && name.Length == 8 + ManifestExtension.Length
            && name.EndsWith(ManifestExtension, StringComparison.Ordinal);
        group = new GroupId((uint)value);
        return read;
    }

    /// <summary>Whether it is a checkpoint's file.</summary>
    public static bool TryFile(string name, out GroupId group, out ulong number)
    {
        number = 0;
        bool read = Hex(name, 0, 8, out ulong value) && name.Length == 25 + BlockFile.Extension.Length && name[8] == '-'
            && Hex(name, 9, 16, out number) && name.EndsWith(BlockFile.Extension, StringComparison.Ordinal);
        group = new GroupId((uint)value);
        return read;
    }

    /// <summary>Whether a name in directory <c>log</c> is a segment's, with the given extension.</summary>
    public static bool TrySegment(string name, string extension, out ulong sequence)
    {
        sequence = 0;
        return name.Length == 16 + extension.Length && name.EndsWith(extension, StringComparison.Ordinal) && Hex(name, 0, 16, out sequence);
    }

    private static bool Hex(string name, int start, int count, out ulong value)
    {
        value = 0;
        return name.Length >= start + count
            && ulong.TryParse(name.AsSpan(start, count), NumberStyles.AllowHexSpecifier, null, out value);
    }
}
