using System.Net;
using System.Net.Sockets;

namespace Quorate.Tests.Transport;

/// <summary>Stands between a member and whoever dials it, on real sockets, and does to the bytes what networks do.</summary>
internal sealed class FaultProxy : IDisposable
{
    private readonly Socket listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Pair> pairs = [];
    private readonly EndPoint target;

    public FaultProxy(EndPoint target)
    {
        this.target = target;
        listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listener.Listen(16);
        listener.Blocking = false;
    }

    public EndPoint Address => listener.LocalEndPoint!;

    /// <summary>Connections that passed through so far.</summary>
    public int Connections { get; private set; }

    /// <summary>Bytes wait here, in both directions, and no connection is told of anything.</summary>
    public bool Holds { get; set; }

    /// <summary>Bytes vanish: the other side is gone without a word.</summary>
    public bool Swallows { get; set; }

    /// <summary>Changes the bytes of one read on their way to the target.</summary>
    public Action<Memory<byte>>? Damage { get; set; }

    /// <summary>Ends every connection.</summary>
    public void Cut()
    {
        foreach (Pair pair in pairs)
            pair.Dispose();
        pairs.Clear();
    }

    public void Pump()
    {
        if (listener.Poll(0, SelectMode.SelectRead))
        {
            Socket near = listener.Accept();
            var far = new Socket(target.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            Connections++;
            try
            {
                far.Connect(target);
                pairs.Add(new Pair(near, far));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
            {
                new Pair(near, far).Dispose(); // nobody is there: whoever dialed learns it
            }
        }

        if (Holds)
            return;
        foreach (Pair pair in pairs.ToArray())
        {
            if (Move(pair.Near, pair.Far, Damage) && Move(pair.Far, pair.Near, null))
                continue;
            pair.Dispose();
            pairs.Remove(pair);
        }
    }

    public void Dispose()
    {
        Cut();
        listener.Dispose();
    }

    private bool Move(Socket from, Socket to, Action<Memory<byte>>? damage)
    {
        if (!from.Poll(0, SelectMode.SelectRead))
            return true;
        var buffer = new byte[64 << 10];
        int read = from.Receive(buffer, SocketFlags.None, out SocketError error);
        if (error != SocketError.Success || read == 0)
            return false;
        damage?.Invoke(buffer.AsMemory(0, read));
        if (Swallows)
            return true;
        to.Send(buffer.AsSpan(0, read), SocketFlags.None, out error);
        return error == SocketError.Success;
    }

    private sealed record Pair(Socket Near, Socket Far) : IDisposable
    {
        public void Dispose()
        {
            Near.Dispose();
            Far.Dispose();
        }
    }
}
