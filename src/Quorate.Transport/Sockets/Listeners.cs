using System.Net;
using System.Net.Sockets;

namespace Quorate.Transport;

/// <summary>The sockets on which peers come. Owner: the replica loop.</summary>
internal sealed class Listeners : IDisposable
{
    private const int Backlog = 128;

    private readonly List<Socket> sockets = [];
    private readonly List<string> files = [];

    /// <exception cref="IOException">An address is in use or not ours; the message says which.</exception>
    public Listeners(IReadOnlyList<EndPoint> addresses)
    {
        foreach (EndPoint at in addresses)
            Add(at);
    }

    public int Count => sockets.Count;

    /// <summary>Where they listen, ports filled in.</summary>
    public IReadOnlyList<EndPoint> Addresses => [.. sockets.Select(s => s.LocalEndPoint!)];

    public int Descriptor(int i) => (int)sockets[i].Handle;

    /// <summary>The next peer at one of them; null when it has gone again.</summary>
    /// <exception cref="SocketException">The process has no descriptors or memory left for it.</exception>
    public Socket? Accept(int i)
    {
        try
        {
            return Dialer.Prepare(sockets[i].Accept());
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.ConnectionAborted)
        {
            return null;
        }
    }

    public void Dispose()
    {
        foreach (Socket socket in sockets)
            socket.Dispose();
        foreach (string file in files)
            File.Delete(file);
    }

    private void Add(EndPoint at)
    {
        var socket = new Socket(at.AddressFamily, SocketType.Stream, Dialer.ProtocolOf(at));
        try
        {
            if (at is UnixDomainSocketEndPoint)
                RemoveStale(at);
            socket.Bind(at);
            socket.Listen(Backlog);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            Dispose();
            throw new IOException($"cannot listen for peers on {Dialer.Spell(at)}: {e.Message}", e);
        }

        socket.Blocking = false;
        sockets.Add(socket);
        if (at is UnixDomainSocketEndPoint)
            files.Add(at.ToString()!);
    }

    // A killed process leaves its socket's file behind; one that answers belongs to a living one, and the bind will say so.
    private static void RemoveStale(EndPoint at)
    {
        string file = at.ToString()!;
        if (!File.Exists(file))
            return;
        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            probe.Connect(at);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            File.Delete(file);
        }
    }
}
