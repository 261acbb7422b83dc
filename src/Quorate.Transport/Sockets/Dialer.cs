using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Quorate.Transport;

/// <summary>A name that was looked up, or not.</summary>
internal readonly record struct Resolved(StreamLink Link, string Remote, IPEndPoint? At, string Cause);

/// <summary>Begins connections without waiting. Names are resolved on the thread pool; what came of it is fetched by the loop.</summary>
internal sealed class Dialer(Waker waker)
{
    private readonly ConcurrentQueue<Resolved> resolved = new();

    /// <summary>Spells an address as people write it.</summary>
    public static string Spell(EndPoint at) => at is DnsEndPoint name ? $"{name.Host}:{name.Port}" : at.ToString() ?? "";

    /// <summary>A socket that is connecting to <paramref name="at"/>.</summary>
    /// <returns>Null, and the cause, when that failed at once.</returns>
    public static Socket? Begin(EndPoint at, out string cause)
    {
        cause = "";
        Socket socket = Prepare(new Socket(at.AddressFamily, SocketType.Stream, ProtocolOf(at)));
        try
        {
            socket.Connect(at);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
        {
            return socket; // the wait tells when it is done
        }
        catch (SocketException e)
        {
            cause = e.Message;
            socket.Dispose();
            return null;
        }

        return socket;
    }

    /// <summary>Sets up a socket of ours, dialed or accepted.</summary>
    public static Socket Prepare(Socket socket)
    {
        socket.Blocking = false;
        if (socket.ProtocolType == ProtocolType.Tcp)
            socket.NoDelay = true; // frames leave in batches already: Nagle would only hold the last one back
        return socket;
    }

    public static ProtocolType ProtocolOf(EndPoint at) =>
        at.AddressFamily == AddressFamily.Unix ? ProtocolType.Unspecified : ProtocolType.Tcp;

    /// <summary>Looks a name up; <see cref="TryFetch"/> brings the answer after a wake.</summary>
    public void Resolve(StreamLink link, DnsEndPoint name) => _ = ResolveAsync(link, name);

    public bool TryFetch(out Resolved answer) => resolved.TryDequeue(out answer);

    private async Task ResolveAsync(StreamLink link, DnsEndPoint name)
    {
        Resolved answer;
        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(name.Host, name.AddressFamily).ConfigureAwait(false);
            answer = addresses.Length == 0
                ? new Resolved(link, Spell(name), null, "the name has no address")
                : new Resolved(link, Spell(name), new IPEndPoint(addresses[0], name.Port), "");
        }
        catch (Exception e) when (e is SocketException or ArgumentException) // a name too long for any resolver is the latter
        {
            answer = new Resolved(link, Spell(name), null, e.Message);
        }

        resolved.Enqueue(answer);
        waker.Wake();
    }
}
