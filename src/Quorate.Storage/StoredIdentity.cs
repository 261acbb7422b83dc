using Quorate.Storage.Directories;

namespace Quorate.Storage;

/// <summary>Reads whose directory one is without opening it.</summary>
public static class StoredIdentity
{
    /// <summary>The file, in the data directory.</summary>
    public const string FileName = IdentityRecord.Path;

    /// <summary>Bytes of each of the copies in it, one behind the other.</summary>
    public const int CopyBytes = IdentityRecord.FileBytes / 2;

    /// <summary>Reads that file's bytes; one whole copy is enough.</summary>
    /// <returns>Null when they are damaged, or of a newer format: opening the directory says so.</returns>
    public static StorageIdentity? Read(ReadOnlySpan<byte> file) =>
        IdentityRecord.Read(file) is { Format: <= IdentityRecord.FormatCurrent } found ? found.Identity : null;
}
