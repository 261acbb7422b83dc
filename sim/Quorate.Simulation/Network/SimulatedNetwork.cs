using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>A member as the network sees it.</summary>
internal interface IEndpoint
{
    /// <summary>Who is there now: this life of its disk; open while nobody is.</summary>
    InstanceId Instance { get; }

    /// <summary>Grows with each process there.</summary>
    int Life { get; }

    /// <summary>Whom it lets in; null while nobody is there.</summary>
    InstanceAdmission? Instances { get; }

    /// <summary>A frame has arrived. The bytes are borrowed for the call.</summary>
    void Arrived(NodeId from, InstanceId instance, ReadOnlySpan<byte> frame, bool snapshot);

    /// <summary>The snapshot stream to <paramref name="to"/> has room.</summary>
    void SnapshotRoom(NodeId to);

    /// <summary>The snapshot stream to <paramref name="to"/> broke.</summary>
    void SnapshotBroken(NodeId to);
}

/// <summary>
/// Links between all members: each carries two streams, in order unless a fault says otherwise, and loses, delays, repeats or reorders what
/// it is told to. Which instances it links is decided by the rule of the real ones. Owner: its world.
/// </summary>
public sealed class SimulatedNetwork : IScheduled
{
    private readonly VirtualTime time;
    private readonly Streams streams;
    private readonly TraceHash trace;
    private readonly SortedDictionary<ulong, IEndpoint> endpoints = [];
    private readonly Dictionary<(ulong From, ulong To), Link> links = [];
    private readonly Dictionary<(ulong First, ulong Second), Acquaintance> acquaintances = [];
    private readonly List<Frame> frames = [];
    private readonly Stack<int> free = new();

    internal SimulatedNetwork(VirtualTime time, Streams streams, TraceHash trace)
    {
        this.time = time;
        this.streams = streams;
        this.trace = trace;
    }

    /// <summary>Frames that reached their member.</summary>
    public long Delivered { get; private set; }

    /// <summary>Frames lost.</summary>
    public long Dropped { get; private set; }

    /// <summary>How fast a healthy link is, at least.</summary>
    public long DelayMinNanoseconds { get; set; } = 100 * Span.Microsecond;

    /// <summary>How fast a healthy link is, at most.</summary>
    public long DelayMaxNanoseconds { get; set; } = 500 * Span.Microsecond;

    /// <summary>Every instance is linked with every other: what a wiped member says must be harmless to the cores themselves.</summary>
    public bool AdmitsEverybody { get; set; }

    /// <summary>Told what becomes of every message, in a run that is replayed to be looked at.</summary>
    internal Recorder? Recorder { get; init; }

    internal void Attach(NodeId id, IEndpoint endpoint) => endpoints[id.Value] = endpoint;

    internal Link LinkOf(NodeId from, NodeId to)
    {
        (ulong, ulong) key = (from.Value, to.Value);
        if (!links.TryGetValue(key, out Link? link))
            links.Add(key, link = new Link(streams, (long)((from.Value * 1024) + to.Value), AcquaintanceOf(from, to)));
        return link;
    }

    internal void Send(NodeId from, InstanceId instance, NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        Link link = LinkOf(from, to);
        if (!endpoints.TryGetValue(to.Value, out IEndpoint? target) || target.Instance.IsOpen || link.Blocked || link.Loss.Strikes() || !Speak(link, from, to))
        {
            Recorder?.Lost(time.NowNanoseconds, from, to, header);
            Dropped++;
            return;
        }

        int slot = Fill(from, instance, to, target.Instance, header, payloads, snapshot: false);
        Schedule(link, slot);
        if (link.Repetition.Strikes())
        {
            frames[slot].Copies++;
            Schedule(link, slot);
        }
    }

    internal bool SendSnapshot(NodeId from, InstanceId instance, NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        Link link = LinkOf(from, to);
        if (!endpoints.TryGetValue(to.Value, out IEndpoint? target) || target.Instance.IsOpen || link.Blocked || !Speak(link, from, to))
        {
            ScheduleRoom(link, from, to);
            return false;
        }

        if (link.SnapshotsInFlight >= Link.SnapshotsInFlightMax)
        {
            link.SnapshotWaits = true;
            return false;
        }

        Recorder?.Sent(time.NowNanoseconds, from, to, header);
        int slot = Fill(from, instance, to, target.Instance, header, payloads, snapshot: true);
        frames[slot].SnapshotLife = link.SnapshotLife;
        link.SnapshotsInFlight++;
        link.LastSnapshotAt = Math.Max(link.LastSnapshotAt + 1, Math.Max(time.NowNanoseconds, link.HeldUntil) + DelayOf(link));
        time.At(link.LastSnapshotAt, this, slot);
        return true;
    }

    /// <summary>The snapshot stream of a link breaks: what is on its way is lost.</summary>
    internal void BreakSnapshots(NodeId from, NodeId to)
    {
        Link link = LinkOf(from, to);
        if (link.SnapshotsInFlight == 0)
            return;
        link.SnapshotLife++;
        link.SnapshotsInFlight = 0;
        endpoints[from.Value].SnapshotBroken(to);
        ScheduleRoom(link, from, to);
    }

    /// <summary>Something arrives, or a stream is tried again.</summary>
    void IScheduled.Fire(long argument)
    {
        Frame frame = frames[(int)argument];
        if (frame.IsRoom)
            RoomAgain(frame, (int)argument);
        else
            Deliver(frame, (int)argument);
    }

    private Acquaintance AcquaintanceOf(NodeId from, NodeId to)
    {
        (NodeId first, NodeId second) = from.Value < to.Value ? (from, to) : (to, from);
        if (!acquaintances.TryGetValue((first.Value, second.Value), out Acquaintance? known))
            acquaintances.Add((first.Value, second.Value), known = new Acquaintance(first, second));
        return known;
    }

    private bool Speak(Link link, NodeId from, NodeId to)
    {
        (NodeId first, NodeId second) = from.Value < to.Value ? (from, to) : (to, from);
        IEndpoint one = endpoints[first.Value];
        IEndpoint other = endpoints[second.Value];
        // A snapshot stream may be tried again for a sender that has ended.
        return AdmitsEverybody || (!one.Instance.IsOpen && !other.Instance.IsOpen && link.Acquaintance.Speak(one, other, time.NowNanoseconds));
    }

    private bool LetsIn(Link link, IEndpoint target, Frame frame) =>
        AdmitsEverybody || link.Acquaintance.LetsIn(target, frame.From, frame.Instance);

    private int Fill(
        NodeId from, InstanceId instance, NodeId to, InstanceId toInstance, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads, bool snapshot)
    {
        int slot = free.TryPop(out int kept) ? kept : frames.Count;
        if (slot == frames.Count)
            frames.Add(new Frame());
        Frame frame = frames[slot];
        frame.Begin(from, instance, to, toInstance, snapshot);
        frame.Append(header);
        foreach (ref readonly Payload payload in payloads)
            frame.Append(payload.Span);
        trace.Add((ulong)time.NowNanoseconds, Fingerprint.Of(frame.Bytes, from.Value << 32 | to.Value));
        return slot;
    }

    private void Schedule(Link link, int slot)
    {
        long at = Math.Max(time.NowNanoseconds, link.HeldUntil) + DelayOf(link);
        if (!link.Overtaking.Strikes())
            at = link.LastAt = Math.Max(link.LastAt + 1, at);
        time.At(at, this, slot);
    }

    private long DelayOf(Link link) =>
        link.Chance.Between(DelayMinNanoseconds, DelayMaxNanoseconds) + Math.Max(link.Delay.Lateness(), link.Overtaken.Lateness());

    private void Deliver(Frame frame, int slot)
    {
        Link link = LinkOf(frame.From, frame.To);
        bool stale = frame.Snapshot && frame.SnapshotLife != link.SnapshotLife;
        if (frame.Snapshot && !stale)
            link.SnapshotsInFlight--;
        IEndpoint target = endpoints[frame.To.Value];
        if (stale || link.Blocked || target.Instance != frame.ToInstance || !LetsIn(link, target, frame))
        {
            Dropped++;
            Recorder?.Lost(time.NowNanoseconds, frame.From, frame.To, frame.Bytes);
            if (frame.Snapshot && !stale)
                BreakLost(frame, link);
        }
        else
        {
            Delivered++;
            trace.Add((ulong)time.NowNanoseconds, (ulong)frame.Length);
            Recorder?.Arrived(time.NowNanoseconds, frame.From, frame.To, frame.Bytes);
            target.Arrived(frame.From, frame.Instance, frame.Bytes, frame.Snapshot);
            if (frame.Snapshot && link.SnapshotWaits)
            {
                link.SnapshotWaits = false;
                endpoints[frame.From.Value].SnapshotRoom(frame.To);
            }
        }

        if (--frame.Copies == 0)
            free.Push(slot);
    }

    private void BreakLost(Frame frame, Link link)
    {
        link.SnapshotLife++;
        link.SnapshotsInFlight = 0;
        endpoints[frame.From.Value].SnapshotBroken(frame.To);
        ScheduleRoom(link, frame.From, frame.To);
    }

    private void ScheduleRoom(Link link, NodeId from, NodeId to)
    {
        if (link.RoomScheduled)
            return;
        link.RoomScheduled = true;
        int slot = Fill(from, default, to, default, [], [], snapshot: true);
        frames[slot].IsRoom = true;
        time.After(200 * Span.Millisecond, this, slot);
    }

    private void RoomAgain(Frame frame, int slot)
    {
        Link link = LinkOf(frame.From, frame.To);
        if (link.Blocked || endpoints[frame.To.Value].Instance.IsOpen || !Speak(link, frame.From, frame.To))
        {
            time.After(200 * Span.Millisecond, this, slot);
            return;
        }

        link.RoomScheduled = false;
        link.SnapshotWaits = false;
        free.Push(slot);
        endpoints[frame.From.Value].SnapshotRoom(frame.To);
    }
}
