using System.Net;
using System.Net.Sockets;

namespace Quorate.Torture;

/// <summary>A connection that one member has opened to another, with the network in between.</summary>
internal sealed class PeerConnection(Socket near, EndPoint target, Way there, Way back) : IDisposable
{
    private readonly Socket far = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    /// <summary>Whether it runs along this way, in whichever direction it was opened.</summary>
    public bool Uses(Way way) => ReferenceEquals(way, there) || ReferenceEquals(way, back);

    /// <summary>Carries its bytes until both sides have ended it, or it is cut.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            near.NoDelay = true;
            // What opens a connection is lost on the way like anything else.
            await there.PassAsync(stop);
            await far.ConnectAsync(target, stop);
            await Task.WhenAll(MoveAsync(near, far, there, stop), MoveAsync(far, near, back, stop));
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Nobody listens, one side was killed, or the network has cut it: both sides learn it below.
        }
        finally
        {
            Dispose();
        }
    }

    /// <summary>Cuts it: both sides see it reset.</summary>
    public void Dispose()
    {
        Reset(near);
        Reset(far);
    }

    private static async Task MoveAsync(Socket from, Socket to, Way way, CancellationToken stop)
    {
        var buffer = new byte[64 << 10];
        while (true)
        {
            int read = await ReadAsync(from, buffer, stop);
            await way.PassAsync(stop);
            if (read < 0)
            {
                Reset(to);
                return;
            }

            if (read == 0)
            {
                to.Shutdown(SocketShutdown.Send);
                return;
            }

            for (int sent = 0; sent < read;)
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), stop);
        }
    }

    /// <summary>Reads some bytes.</summary>
    /// <returns>0 at the end, -1 when the other side has reset it: that, too, takes the way.</returns>
    private static async ValueTask<int> ReadAsync(Socket from, Memory<byte> into, CancellationToken stop)
    {
        try
        {
            return await from.ReceiveAsync(into, stop);
        }
        catch (SocketException)
        {
            return -1;
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception gone) when (gone is ObjectDisposedException or SocketException)
        {
            // It has ended already.
        }

        socket.Dispose();
    }
}
