using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Quorate.Torture;

/// <summary>
/// The network between members, on real sockets: a proxy before each, which knows who dials. Each ordered pair has its own way, and what is
/// done to a way is done to every connection on it, whoever opened it.
/// </summary>
internal sealed class FaultNetwork : IAsyncDisposable
{
    private readonly int members;
    private readonly Way[,] ways;
    private readonly TcpListener[] listeners;
    private readonly EndPoint[] targets;
    private readonly Func<IReadOnlyList<int>> processes;
    private readonly ConcurrentDictionary<PeerConnection, Task> connections = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;

    /// <summary>Begins to carry.</summary>
    /// <param name="address">Where proxies listen.</param>
    /// <param name="targets">Where members really listen.</param>
    /// <param name="processes">The process ids of the members that run.</param>
    public FaultNetwork(IPAddress address, EndPoint[] targets, Func<IReadOnlyList<int>> processes)
    {
        members = targets.Length;
        this.targets = targets;
        this.processes = processes;
        ways = new Way[members, members];
        listeners = new TcpListener[members];
        for (int i = 0; i < members; i++)
        {
            for (int j = 0; j < members; j++)
                ways[i, j] = new Way();
            listeners[i] = new TcpListener(address, 0);
            listeners[i].Start(64);
        }

        accepting = Task.WhenAll(Enumerable.Range(0, members).Select(AcceptAsync));
    }

    /// <summary>Where peers reach a member.</summary>
    public EndPoint AddressOf(int member) => listeners[member].LocalEndpoint;

    /// <summary>The way from one member to another.</summary>
    public Way From(int source, int destination) => ways[source, destination];

    /// <summary>Every way between <paramref name="member"/> and others.</summary>
    public IEnumerable<Way> Around(int member) => Out(member).Concat(Into(member));

    /// <summary>Every way from <paramref name="member"/>.</summary>
    public IEnumerable<Way> Out(int member) => Others(member).Select(o => ways[member, o]);

    /// <summary>Every way to <paramref name="member"/>.</summary>
    public IEnumerable<Way> Into(int member) => Others(member).Select(o => ways[o, member]);

    /// <summary>Every way.</summary>
    public IEnumerable<Way> All() => Enumerable.Range(0, members).SelectMany(Out);

    /// <summary>Ends connections on these ways and refuses new ones.</summary>
    public void Cut(IEnumerable<Way> cut)
    {
        foreach (Way way in cut)
        {
            way.Cut();
            foreach (PeerConnection connection in connections.Keys.Where(c => c.Uses(way)))
                connection.Dispose();
        }
    }

    /// <summary>Everything passes again.</summary>
    public void Heal()
    {
        foreach (Way way in All())
            way.Heal();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        foreach (TcpListener listener in listeners)
            listener.Dispose();
        await accepting;
        await Task.WhenAll(connections.Values);
        stopping.Dispose();
    }

    private IEnumerable<int> Others(int member) => Enumerable.Range(0, members).Where(o => o != member);

    private async Task AcceptAsync(int target)
    {
        try
        {
            while (true)
                Connect(await listeners[target].AcceptSocketAsync(stopping.Token), target);
        }
        catch (Exception ended) when (stopping.IsCancellationRequested && ended is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The network is taken down.
        }
    }

    private void Connect(Socket near, int target)
    {
        int source = SocketOwner.Find(near, processes());
        // Nobody's: who dialed has been killed since. Its own: it would be a fault of the member, and it refuses itself.
        if (source < 0 || source == target || ways[source, target].IsCut)
        {
            near.Close(0);
            return;
        }

        var connection = new PeerConnection(near, targets[target], ways[source, target], ways[target, source]);
        var registered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connections[connection] = CarryAsync(connection, registered.Task);
        registered.SetResult();
        if (ways[source, target].IsCut)
            connection.Dispose(); // cut between the look above and now
    }

    private async Task CarryAsync(PeerConnection connection, Task registered)
    {
        await registered;
        await connection.RunAsync(stopping.Token);
        connections.TryRemove(connection, out _);
    }
}
