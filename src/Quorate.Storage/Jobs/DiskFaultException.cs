using Quorate.Platform;

namespace Quorate.Storage.Jobs;

/// <summary>A job cannot go on: a disk request failed, or what it read is damaged. Caught by <see cref="JobRunner"/> alone.</summary>
internal sealed class DiskFaultException(DiskError error, string message) : Exception(message)
{
    /// <summary>None: the disk did what it was asked, and the bytes are wrong.</summary>
    public DiskError Error { get; } = error;

    /// <summary>Set when a directory is refused for more than what befell the disk; the message is then the whole line.</summary>
    public StorageRefusal? Refusal { get; private init; }

    /// <summary>A directory is refused.</summary>
    public static DiskFaultException Refuse(StorageRefusal kind, string line) => new(DiskError.None, line) { Refusal = kind };

    /// <summary>In words.</summary>
    public static string Spell(DiskError error) => error switch
    {
        DiskError.None => "damaged",
        DiskError.NotFound => "not found",
        DiskError.Exists => "exists already",
        DiskError.NoSpace => "no space left",
        DiskError.ReadOnly => "read-only file system",
        DiskError.Denied => "permission denied",
        DiskError.Busy => "in use",
        DiskError.Device => "input/output error",
    };
}
