using System.Runtime.InteropServices;

namespace Quorate.Cli.Cluster;

/// <summary>Signals to other processes, which .NET can only kill.</summary>
internal static partial class Signals
{
    private const int Sigterm = 15;

    /// <summary>Asks a process to stop; one that is gone already is no error.</summary>
    public static void Terminate(int processId) => _ = Kill(processId, Sigterm);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);
}
