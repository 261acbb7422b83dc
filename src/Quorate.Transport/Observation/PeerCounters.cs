using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>
/// What happened with one peer since this process first knew it; both streams together. Written by the loop's thread, read by any: each
/// number is whole, but two read one after the other may be of different moments.
/// </summary>
public sealed class PeerCounters(NodeId peer)
{
    private long bytesSent;
    private long bytesReceived;
    private long framesSent;
    private long framesReceived;
    private long framesDropped;
    private long sendFailures;
    private long receiveFailures;
    private long disconnections;
    private int active;

    /// <summary>Who.</summary>
    public NodeId Peer { get; } = peer;

    /// <summary>Bytes that the kernel took, hellos and frame heads included.</summary>
    public long BytesSent => Volatile.Read(ref bytesSent);

    /// <summary>Bytes that came.</summary>
    public long BytesReceived => Volatile.Read(ref bytesReceived);

    /// <summary>Frames queued to be sent.</summary>
    public long FramesSent => Volatile.Read(ref framesSent);

    /// <summary>Frames that came whole.</summary>
    public long FramesReceived => Volatile.Read(ref framesReceived);

    /// <summary>Frames dropped: no link, or its queue was full. Part of <see cref="SendFailures"/>.</summary>
    public long FramesDropped => Volatile.Read(ref framesDropped);

    /// <summary>Frames dropped, and streams that broke while being written.</summary>
    public long SendFailures => Volatile.Read(ref sendFailures);

    /// <summary>Streams that brought something wrong, or broke while being read.</summary>
    public long ReceiveFailures => Volatile.Read(ref receiveFailures);

    /// <summary>How often the last stream to the peer ended.</summary>
    public long Disconnections => Volatile.Read(ref disconnections);

    /// <summary>Whether a message stream is open in either direction.</summary>
    public bool Active => Volatile.Read(ref active) != 0;

    /// <summary>Times from ping to pong.</summary>
    public RoundTripTimes RoundTrips { get; } = new();

    internal void AddSent(long bytes) => Volatile.Write(ref bytesSent, bytesSent + bytes);

    internal void AddReceived(long bytes) => Volatile.Write(ref bytesReceived, bytesReceived + bytes);

    internal void FrameSent() => Volatile.Write(ref framesSent, framesSent + 1);

    internal void FrameReceived() => Volatile.Write(ref framesReceived, framesReceived + 1);

    internal void FrameDropped()
    {
        Volatile.Write(ref framesDropped, framesDropped + 1);
        SendFailed();
    }

    internal void SendFailed() => Volatile.Write(ref sendFailures, sendFailures + 1);

    internal void ReceiveFailed() => Volatile.Write(ref receiveFailures, receiveFailures + 1);

    internal void SetActive(bool now)
    {
        if (active != 0 && !now)
            Volatile.Write(ref disconnections, disconnections + 1);
        Volatile.Write(ref active, now ? 1 : 0);
    }
}

/// <summary>A histogram of round-trip times in etcd's buckets: up to 0.1 ms, 0.2 ms, ... 3.2768 s, and above. Threads as in <see cref="PeerCounters"/>.</summary>
public sealed class RoundTripTimes
{
    /// <summary>Buckets with an upper bound; one more holds what is above.</summary>
    public const int Bounds = 16;

    private const long FirstBoundNanoseconds = 100_000;

    private readonly long[] counts = new long[Bounds + 1];
    private long sumNanoseconds;

    /// <summary>All times together.</summary>
    public long SumNanoseconds => Volatile.Read(ref sumNanoseconds);

    /// <summary>The upper bound of a bucket, in seconds.</summary>
    public static double BoundSeconds(int bucket) => 0.0001 * (1 << bucket);

    /// <summary>Times in one bucket alone, from 0 to <see cref="Bounds"/>.</summary>
    public long Count(int bucket) => Volatile.Read(ref counts[bucket]);

    internal void Add(long nanoseconds)
    {
        int bucket = 0;
        while (bucket < Bounds && nanoseconds > FirstBoundNanoseconds << bucket)
            bucket++;
        Volatile.Write(ref counts[bucket], counts[bucket] + 1);
        Volatile.Write(ref sumNanoseconds, sumNanoseconds + nanoseconds);
    }
}
