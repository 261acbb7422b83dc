using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.Platform;

namespace Quorate.Transport;

/// <summary>
/// The links to the other members, over TCP or Unix-domain sockets. It has no thread: it is what the replica loop's thread waits in, so
/// that a frame goes from the socket to the loop, and from the loop to the socket, without a thread between. Owner: that thread,
/// but for <see cref="Wake"/>, <see cref="Counters"/> and <see cref="Addresses"/>.
/// </summary>
/// <remarks>The loop: <see cref="Poll"/>, take what has queued up elsewhere, step, <see cref="Flush"/>, again.</remarks>
public sealed unsafe class PeerTransport : IPeers, IDisposable
{
    private readonly PeerTransportOptions options;
    private readonly IClock clock;
    private readonly IPeerEvents events;
    private readonly Waker waker = new();
    private readonly Listeners listeners;
    private readonly LinkTable table;
    private readonly IoVector* vectors;
    private PollEntry[] entries = new PollEntry[32];
    private bool configured;
    private long acceptAgainAt;
    private bool disposed;

    /// <summary>Listens, and dials nobody before <see cref="Connect"/>.</summary>
    /// <param name="options">Who this is, and where.</param>
    /// <param name="pool">The loop's blocks.</param>
    /// <param name="clock">Time.</param>
    /// <param name="events">Hears of frames and snapshot streams, from within <see cref="Poll"/>.</param>
    /// <param name="observer">Hears what operators want to know.</param>
    /// <exception cref="IOException">An address is in use or not this machine's; the message names it.</exception>
    public PeerTransport(PeerTransportOptions options, BlockPool pool, IClock clock, IPeerEvents events, IPeerObserver observer)
    {
        if (!options.Self.IsWellFormed)
            throw new ArgumentException($"not an identity: {options.Self}", nameof(options));
        this.options = options;
        this.clock = clock;
        this.events = events;
        listeners = new Listeners(options.Listen);
        table = new LinkTable(options, pool, events, observer, new Dialer(waker)) { Now = clock.NowNanoseconds };
        vectors = (IoVector*)NativeMemory.Alloc(Native.RangesMax, (nuint)sizeof(IoVector));
    }

    /// <summary>What happened with each peer so far known. Any thread; read it anew for new peers.</summary>
    public IReadOnlyList<PeerCounters> Counters => table.Peers.Counters;

    /// <summary>Where it listens, ports filled in. Any thread.</summary>
    public IReadOnlyList<EndPoint> Addresses => listeners.Addresses;

    /// <summary>Ends <see cref="Poll"/>'s wait, or the next one. Any thread; call it after queueing what the loop is to see.</summary>
    public void Wake() => waker.Wake();

    /// <inheritdoc/>
    public void Connect(in ConfigurationInForce inForce)
    {
        table.Know(inForce);
        configured = true;
    }

    /// <inheritdoc/>
    public void Drop(NodeId member) => table.Drop(member, "what it sent is no message");

    /// <inheritdoc/>
    public void Send(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        if (table.Peers.Find(to) is not { } link)
            return; // it was a guest, and has gone
        long length = LengthOf(header, payloads);
        Connection? best = link.Messages.Best;
        if (best is null || (best.QueuedBytes > 0 && best.QueuedBytes + length > options.QueueBytesMax))
        {
            link.Counters.FrameDropped();
            return;
        }

        best.Queue(header, payloads);
        best.IsDirty = true;
    }

    /// <inheritdoc/>
    public bool SendSnapshot(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        if (table.Peers.Find(to)?.Snapshots is not { } link)
            return false; // it was a guest, and has gone
        long length = LengthOf(header, payloads);
        link.Wanted = true;
        Connection? best = link.Best;
        if (best is null || (best.QueuedBytes > 0 && best.QueuedBytes + length > options.SnapshotQueueBytesMax))
        {
            link.RoomOwed = true;
            return false;
        }

        link.CarriesSnapshot = best;
        best.Queue(header, payloads);
        best.IsDirty = true;
        return true;
    }

    /// <inheritdoc/>
    public void Flush()
    {
        foreach (Connection connection in table.Connections)
        {
            if (!connection.IsDirty)
                continue;
            connection.IsDirty = false;
            connection.Flush(vectors);
        }
    }

    /// <summary>
    /// Waits until a socket is ready, <see cref="Wake"/> is called, or <paramref name="timeoutNanoseconds"/> have passed (rounded up to
    /// milliseconds; 0 = look and go on), then receives and tells of what came.
    /// </summary>
    public void Poll(long timeoutNanoseconds)
    {
        bool told = Settle();
        Flush();

        int count = Awaited();
        bool mayWait = waker.FallAsleep() && !told;
        Native.Poll(entries.AsSpan(0, count), mayWait ? Milliseconds(timeoutNanoseconds) : 0);
        waker.GetUp(entries[0].Ready != 0);

        table.Now = clock.NowNanoseconds;
        Receive(count);
        Settle();
        Flush();
    }

    /// <summary>Closes everything; queued frames are lost.</summary>
    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        foreach (Connection connection in table.Connections)
        {
            connection.Close("this member stops");
            connection.Dispose();
        }

        table.Connections.Clear();
        listeners.Dispose();
        waker.Dispose();
        NativeMemory.Free(vectors);
    }

    private long LengthOf(ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        long length = header.Length;
        foreach (ref readonly Payload payload in payloads)
            length += payload.Length;
        Invariant.Check(length <= options.FrameBytesMax);
        return length;
    }

    /// <summary>What waits for nobody: a new configuration, dials, ends, room.</summary>
    /// <returns>Whether the loop was told of anything: then it must get its turn.</returns>
    private bool Settle()
    {
        table.Now = clock.NowNanoseconds;
        if (configured)
        {
            configured = false;
            table.Configure();
        }

        bool told = table.Sweep();
        table.Dial();
        foreach (PeerLink link in table.Peers.Links)
        {
            StreamLink snapshots = link.Snapshots;
            if (!snapshots.RoomOwed || snapshots.Best is not { } best || best.QueuedBytes > options.SnapshotQueueBytesMax / 2)
                continue;
            snapshots.RoomOwed = false;
            events.SnapshotRoom(link.Id);
            told = true;
        }

        return told;
    }

    private int Awaited()
    {
        int count = 1 + listeners.Count + table.Connections.Count;
        if (entries.Length < count)
            entries = new PollEntry[count * 2];
        entries[0] = new PollEntry { Descriptor = waker.Descriptor, Wanted = Native.PollIn };
        for (int i = 0; i < listeners.Count; i++)
        {
            // A negative descriptor is skipped.
            int descriptor = table.Now < acceptAgainAt ? -1 : listeners.Descriptor(i);
            entries[1 + i] = new PollEntry { Descriptor = descriptor, Wanted = Native.PollIn };
        }

        for (int i = 0; i < table.Connections.Count; i++)
            entries[1 + listeners.Count + i] = table.Connections[i].Awaited;
        return count;
    }

    private int Milliseconds(long timeoutNanoseconds)
    {
        long left = Math.Min(timeoutNanoseconds, table.Deadline() - table.Now);
        if (acceptAgainAt > table.Now)
            left = Math.Min(left, acceptAgainAt - table.Now);
        return left <= 0 ? 0 : (int)Math.Min((left + 999_999) / 1_000_000, int.MaxValue);
    }

    private void Receive(int count)
    {
        // Connections end only in Settle and are added at the list's end, so places in both lists agree.
        int first = 1 + listeners.Count;
        for (int i = first; i < count; i++)
        {
            Connection connection = table.Connections[i - first];
            if (entries[i].Ready != 0 && connection.State != ConnectionState.Closed)
                connection.Ready(entries[i].Ready, table.Now);
        }

        for (int i = 0; i < listeners.Count; i++)
        {
            if (entries[1 + i].Ready != 0)
                Accept(i);
        }
    }

    private void Accept(int listener)
    {
        try
        {
            if (listeners.Accept(listener) is { } socket)
                table.Accept(socket);
        }
        catch (SocketException e)
        {
            // Out of descriptors or memory: the peer waits in the backlog, and the loop must not spin on it.
            table.NotAccepted(e.Message);
            acceptAgainAt = table.Now + options.BackOffMax;
        }
    }
}
