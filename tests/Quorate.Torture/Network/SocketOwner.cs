using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Quorate.Torture;

/// <summary>
/// Which process is at the other end of a local connection, as the kernel knows it (proc(5)). Members reach each other under one address
/// each, as they must have the same first configuration: so who dials is told by this, whatever protocol they speak.
/// </summary>
internal static class SocketOwner
{
    /// <summary>The process that opened <paramref name="accepted"/>, one of <paramref name="candidates"/>.</summary>
    /// <returns>Its place among them; -1 when it is none of them, or no more.</returns>
    public static int Find(Socket accepted, IReadOnlyList<int> candidates)
    {
        int here = ((IPEndPoint)accepted.LocalEndPoint!).Port;
        int there = ((IPEndPoint)accepted.RemoteEndPoint!).Port;
        string? inode = InodeOf(there, here, "/proc/net/tcp") ?? InodeOf(there, here, "/proc/net/tcp6");
        if (inode is null)
            return -1;
        for (int i = 0; i < candidates.Count; i++)
        {
            if (Holds(candidates[i], $"socket:[{inode}]"))
                return i;
        }

        return -1;
    }

    private static string? InodeOf(int localPort, int remotePort, string table)
    {
        if (!File.Exists(table))
            return null;
        foreach (string line in File.ReadLines(table).Skip(1))
        {
            // sl local remote state queues timer retransmits uid timeout inode ...
            string[] fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (PortOf(fields[1]) == localPort && PortOf(fields[2]) == remotePort && fields[9] != "0")
                return fields[9];
        }

        return null;
    }

    private static int PortOf(string address) =>
        int.Parse(address.AsSpan(address.LastIndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private static bool Holds(int process, string socket)
    {
        try
        {
            return Directory.EnumerateFiles($"/proc/{process}/fd").Any(f => new FileInfo(f).LinkTarget == socket);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false; // the process, or one of its files, is no more
        }
    }
}
