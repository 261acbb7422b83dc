using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Quorate.Examples;

/// <summary>Makes the names in a directory durable. .NET opens no directories, so it asks the system.</summary>
internal static partial class DirectorySync
{
    public static void Sync(string path)
    {
        using var directory = new SafeFileHandle(Open(path, 0), ownsHandle: true);
        if (directory.IsInvalid || SyncAll(directory) != 0)
            throw new IOException($"{path} cannot be synced: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncAll(SafeFileHandle file);
}
