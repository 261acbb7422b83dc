using System.Buffers.Binary;
using System.Net.Sockets;
using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>What a connection is at.</summary>
internal enum ConnectionState
{
    /// <summary>The kernel is connecting.</summary>
    Dialing,

    /// <summary>The other side's hello is to come.</summary>
    Greeting,

    /// <summary>Frames pass, both ways.</summary>
    Open,

    /// <summary>A refusal is on its way out; then it closes.</summary>
    Refusing,

    /// <summary>Over; the next sweep gives everything back.</summary>
    Closed,
}

/// <summary>Whom a connection tells of what came.</summary>
internal interface IConnectionOwner
{
    /// <summary>The kernel has connected.</summary>
    void Connected(Connection connection);

    /// <summary>The other side's hello is here.</summary>
    void HelloArrived(Connection connection, HelloVerdict read, Hello? hello);

    /// <summary>A frame. False: it is none, close.</summary>
    bool FrameArrived(Connection connection, in Payload body);
}

/// <summary>One socket to a peer: moves bytes, cuts frames, pings. Owner: the replica loop.</summary>
internal sealed class Connection
{
    // One busy peer must not keep the others waiting.
    private const int ReadBytesATurn = 1 << 20;
    private const int PingBytes = 8;

    private readonly Socket socket;
    private readonly IConnectionOwner owner;
    private readonly PeerTransportOptions options;
    private readonly SendQueue queue;
    private readonly FrameReader reader;
    private readonly int descriptor;
    private long pingAt;
    private bool blocked;

    public Connection(
        Socket socket, StreamLink? dialedFor, string remote, IConnectionOwner owner, PeerTransportOptions options, BlockPool pool, long now)
    {
        this.socket = socket;
        this.owner = owner;
        this.options = options;
        descriptor = (int)socket.Handle;
        queue = new SendQueue(pool);
        reader = new FrameReader(pool, options.ReceiveBlockBytes, options.FrameBytesMax);
        Link = dialedFor;
        Dialed = dialedFor is not null;
        State = Dialed ? ConnectionState.Dialing : ConnectionState.Greeting;
        Remote = remote;
        BegunAt = LastHeard = now;
    }

    /// <summary>Whether this side dialed.</summary>
    public bool Dialed { get; }

    /// <summary>The other side's address.</summary>
    public string Remote { get; }

    /// <summary>When it was made; once open, when it opened.</summary>
    public long BegunAt { get; private set; }

    /// <summary>When bytes last came.</summary>
    public long LastHeard { get; private set; }

    public ConnectionState State { get; private set; }

    /// <summary>The stream it serves; null before an accepted one has said who it is.</summary>
    public StreamLink? Link { get; private set; }

    /// <summary>The other side, once it is welcome.</summary>
    public PeerIdentity? Other { get; private set; }

    /// <summary>The entry of the configuration that the other side had in force when it was welcomed.</summary>
    public LogIndex OtherKnew { get; private set; }

    /// <summary>Whether either side refused the other.</summary>
    public bool WasRefused { get; set; }

    /// <summary>Why it closed.</summary>
    public string Cause { get; private set; } = "";

    /// <summary>Bytes that wait to be sent.</summary>
    public long QueuedBytes => queue.Bytes;

    /// <summary>Whether <see cref="Flush"/> is due.</summary>
    public bool IsDirty { get; set; }

    public bool IsOpen => State == ConnectionState.Open;

    public PollEntry Awaited => new()
    {
        Descriptor = State == ConnectionState.Closed ? -1 : descriptor, // the kernel skips negative ones
        Wanted = State == ConnectionState.Dialing || blocked
            ? (short)(Native.PollIn | Native.PollOut)
            : Native.PollIn,
    };

    /// <summary>When <see cref="Tick"/> is due.</summary>
    public long Deadline => State switch
    {
        ConnectionState.Open => Dialed ? Math.Min(pingAt, LastHeard + options.SilenceMax) : LastHeard + options.SilenceMax,
        ConnectionState.Dialing or ConnectionState.Greeting or ConnectionState.Refusing => BegunAt + options.HandshakeTimeout,
        ConnectionState.Closed => 0, // to be swept
    };

    /// <summary>The other side is welcome.</summary>
    public void Open(StreamLink link, PeerIdentity other, LogIndex otherKnows, long now)
    {
        Invariant.Check(State == ConnectionState.Greeting);
        State = ConnectionState.Open;
        Link = link;
        Other = other;
        OtherKnew = otherKnows;
        BegunAt = now;
        pingAt = now; // the first round trip is measured at once
    }

    /// <summary>Closes it once what is queued has left.</summary>
    public void Refuse(string cause)
    {
        State = ConnectionState.Refusing;
        Cause = cause;
    }

    /// <summary>Ends it. Safe at any depth of calls: memory is given back by <see cref="Dispose"/>.</summary>
    public void Close(string cause)
    {
        if (State == ConnectionState.Closed)
            return;
        if (State != ConnectionState.Refusing)
            Cause = cause;
        State = ConnectionState.Closed;
    }

    /// <summary>Gives socket and blocks back.</summary>
    public void Dispose()
    {
        Invariant.Check(State == ConnectionState.Closed);
        socket.Dispose();
        queue.Clear();
        reader.Clear();
    }

    public void Queue(Hello hello)
    {
        Span<byte> bytes = stackalloc byte[Hello.SizeBytes];
        hello.Write(bytes);
        queue.Append(bytes);
    }

    public void Queue(ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        queue.Append(FrameKind.Content, header, payloads);
        Link!.Peer.Counters.FrameSent();
    }

    /// <summary>Sends what is queued, as far as the kernel takes it.</summary>
    public unsafe void Flush(IoVector* vectors)
    {
        while (!blocked && queue.Count > 0 && State is not (ConnectionState.Closed or ConnectionState.Dialing))
        {
            int count = queue.Gather(vectors, Native.RangesMax);
            long written = Native.Write(descriptor, vectors, count, out string cause);
            if (written < 0)
            {
                Link?.Peer.Counters.SendFailed();
                Close(cause);
                return;
            }

            Link?.Peer.Counters.AddSent(written);
            queue.Sent(written);
            blocked = written == 0;
        }

        if (State == ConnectionState.Refusing && queue.Count == 0)
            Close(Cause);
    }

    /// <summary>The kernel has something for us, or room for more.</summary>
    public void Ready(short ready, long now)
    {
        if (State == ConnectionState.Dialing)
        {
            FinishDialing(now);
            return;
        }

        if ((ready & Native.PollOut) != 0)
        {
            blocked = false;
            IsDirty = true;
        }

        if ((ready & ~Native.PollOut) == 0)
            return;
        if (State == ConnectionState.Refusing)
            Close(Cause); // it did not wait for the answer
        else
            ReadAll(now);
    }

    /// <summary>Time: pings, and ends what is silent.</summary>
    public void Tick(long now)
    {
        if (State is ConnectionState.Dialing or ConnectionState.Greeting or ConnectionState.Refusing)
        {
            if (now - BegunAt >= options.HandshakeTimeout)
                Close(State == ConnectionState.Dialing ? "no answer to the dial" : "no hello in time");
        }
        else if (State == ConnectionState.Open)
        {
            if (now - LastHeard >= options.SilenceMax)
                Close($"silent for {options.SilenceMax / 1_000_000} ms");
            else if (Dialed && now >= pingAt)
                Ping(now);
        }
    }

    private void Ping(long now)
    {
        Span<byte> time = stackalloc byte[PingBytes];
        BinaryPrimitives.WriteInt64LittleEndian(time, now);
        queue.Append(FrameKind.Ping, time, []);
        pingAt = now + options.PingInterval;
        IsDirty = true;
    }

    private void FinishDialing(long now)
    {
        var error = (SocketError)(int)socket.GetSocketOption(SocketOptionLevel.Socket, SocketOptionName.Error)!;
        if (error != SocketError.Success)
        {
            Close(new SocketException((int)error).Message);
            return;
        }

        State = ConnectionState.Greeting;
        LastHeard = now;
        owner.Connected(this);
    }

    private void ReadAll(long now)
    {
        for (int budget = ReadBytesATurn; budget > 0;)
        {
            int room = reader.Room(out int offset);
            int read = Native.Read(descriptor, reader.Block.Bytes.AsSpan(offset, room), out string cause);
            if (read < 0)
            {
                Close(cause);
                return;
            }

            if (read == 0)
                return;
            reader.Received(read);
            LastHeard = now;
            budget -= read;
            Dispatch(now);
            // Counted after the hello is read, so that its bytes count for who sent them.
            Link?.Peer.Counters.AddReceived(read);
            if (State == ConnectionState.Closed || read < room)
                return;
        }
    }

    private void Dispatch(long now)
    {
        if (State == ConnectionState.Greeting)
        {
            if (!reader.TryTake(Hello.SizeBytes, out ReadOnlySpan<byte> bytes))
                return;
            HelloVerdict read = Hello.Read(bytes, out Hello? hello);
            owner.HelloArrived(this, read, hello);
        }

        while (State == ConnectionState.Open)
        {
            FrameStatus status = reader.TryRead(out FrameHead head, out Payload body, out string cause);
            if (status == FrameStatus.Incomplete)
                return;
            if (status == FrameStatus.Corrupt || !Take(head, body, now, ref cause))
            {
                Link!.Peer.Counters.ReceiveFailed();
                Close(cause);
            }
        }
    }

    private bool Take(in FrameHead head, in Payload body, long now, ref string cause)
    {
        if (head.Kind == FrameKind.Content)
        {
            Link!.Peer.Counters.FrameReceived();
            cause = "a frame that is no message";
            return owner.FrameArrived(this, body);
        }

        cause = "a malformed ping";
        if (body.Length != PingBytes)
            return false;
        if (head.Kind == FrameKind.Ping)
        {
            cause = "it pings and does not read the answers";
            if (queue.Bytes > options.QueueBytesMax)
                return false;
            queue.Append(FrameKind.Pong, body.Span, []);
            IsDirty = true;
        }
        else
        {
            Link!.Peer.Counters.RoundTrips.Add(Math.Max(0, now - BinaryPrimitives.ReadInt64LittleEndian(body.Span)));
        }

        return true;
    }
}
