using System.Diagnostics;
using System.Net;
using System.Text;
using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Transport;
using Xunit;

namespace Quorate.Tests.Transport;

/// <summary>Time that a test moves.</summary>
internal sealed class ManualClock : IClock
{
    public long NowNanoseconds { get; private set; } = 1_000_000_000;

    public void Advance(TimeSpan by) => NowNanoseconds += (long)(by.TotalMilliseconds * 1e6);
}

/// <summary>One member's links, and everything they said.</summary>
internal sealed class TransportNode : IPeerEvents, IPeerObserver, IDisposable
{
    public TransportNode(PeerTransportOptions options, IClock clock)
    {
        Options = options;
        Transport = new PeerTransport(options, Pool, clock, this, this);
    }

    public PeerTransportOptions Options { get; }

    public BlockPool Pool { get; } = new();

    public PeerTransport Transport { get; }

    public EndPoint Address => Transport.Addresses[0];

    public NodeId Id => Options.Self.Member;

    public List<(NodeId From, InstanceId Instance, string Text)> Messages { get; } = [];

    public List<(NodeId From, int Length)> Snapshots { get; } = [];

    public List<NodeId> Rooms { get; } = [];

    public List<NodeId> Broken { get; } = [];

    public List<PeerRefused> Refusals { get; } = [];

    public List<PeerLinked> Links { get; } = [];

    public List<PeerUnlinked> Ends { get; } = [];

    public List<PeerUnreachable> Unreachables { get; } = [];

    public bool TakesMessages { get; set; } = true;

    /// <summary>That configuration is in force, carried by entry <paramref name="index"/>.</summary>
    public void Connect(Configuration configuration, ulong index = 1, bool committed = true) =>
        Transport.Connect(new ConfigurationInForce(new LogIndex(index), configuration, committed));

    public PeerCounters CountersOf(NodeId peer) => Transport.Counters.Single(c => c.Peer == peer);

    public bool IsLinkedWith(NodeId peer) => Transport.Counters.Any(c => c.Peer == peer && c.Active);

    public void Say(NodeId to, string header, params string[] payloads)
    {
        Payload[] made = [.. payloads.Select(p => Payload.Copy(Pool, Encoding.Latin1.GetBytes(p)))];
        Transport.Send(to, Encoding.Latin1.GetBytes(header), made);
        foreach (Payload payload in made)
            payload.Release();
    }

    public bool Received(NodeId from, InstanceId instance, in Payload frame)
    {
        Messages.Add((from, instance, Encoding.Latin1.GetString(frame.Span)));
        return TakesMessages;
    }

    public bool SnapshotReceived(NodeId from, InstanceId instance, in Payload frame)
    {
        Snapshots.Add((from, frame.Length));
        return true;
    }

    public List<(NodeId Member, InstanceId Instance)> Rejoins { get; } = [];

    public void RejoinAsked(NodeId member, InstanceId instance) => Rejoins.Add((member, instance));

    public void SnapshotRoom(NodeId to) => Rooms.Add(to);

    public void SnapshotBroken(NodeId to) => Broken.Add(to);

    public void Refused(PeerRefused notice) => Refusals.Add(notice);

    public void Linked(PeerLinked notice) => Links.Add(notice);

    public void Unlinked(PeerUnlinked notice) => Ends.Add(notice);

    public void Unreachable(PeerUnreachable notice) => Unreachables.Add(notice);

    public List<string> NotTaken { get; } = [];

    public void NotAccepted(string cause) => NotTaken.Add(cause);

    public int NothingsToRejoin { get; private set; }

    public void NothingToRejoin() => NothingsToRejoin++;

    public void Dispose() => Transport.Dispose();
}

/// <summary>Members and proxies on loopback, all pumped by the test's own thread: sockets are real, the order of turns is the test's.</summary>
internal sealed class TransportWorld : IDisposable
{
    public const ulong Cluster = 0xc1;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Dictionary<NodeId, EndPoint> addresses = [];

    public ManualClock Clock { get; } = new();

    public List<TransportNode> Nodes { get; } = [];

    public List<FaultProxy> Proxies { get; } = [];

    public static PeerIdentity Identity(ulong id, ulong instance = 0, uint start = 1, ulong nonce = 7, ulong cluster = Cluster) =>
        new(cluster, new NodeId(id), new InstanceId(instance == 0 ? 0x100 + id : instance), start, nonce, "raft");

    public static Member Voter(ulong id, ulong instance = 0) =>
        new(new NodeId(id), new InstanceId(instance), MemberRole.Voter, default);

    public static Configuration Group(params Member[] members) => new(members, []);

    public TransportNode Add(PeerIdentity self, EndPoint? listen = null, Func<PeerTransportOptions, PeerTransportOptions>? with = null)
    {
        var options = new PeerTransportOptions
        {
            Self = self,
            Listen = [listen ?? new IPEndPoint(IPAddress.Loopback, 0)],
            AddressesOf = m => addresses.TryGetValue(m.Id, out EndPoint? at) ? [at] : [],
            Seed = self.Member.Value,
        };
        var node = new TransportNode(with?.Invoke(options) ?? options, Clock);
        Nodes.Add(node);
        addresses[node.Id] = node.Address;
        return node;
    }

    /// <summary>Members 1 to <paramref name="size"/>, linked.</summary>
    public TransportNode[] Linked(int size)
    {
        for (ulong id = 1; id <= (ulong)size; id++)
            Add(Identity(id));
        Configuration group = Group([.. Nodes.Select(n => Voter(n.Id.Value))]);
        foreach (TransportNode node in Nodes)
            node.Connect(group);
        Until(() => Nodes.All(a => Nodes.All(b => a == b || FullyLinked(a, b))));
        return [.. Nodes];
    }

    /// <summary>Both have dialed each other.</summary>
    public static bool FullyLinked(TransportNode a, TransportNode b) =>
        a.Links.Any(l => l.Dialed && l.Peer == b.Options.Self) && b.Links.Any(l => l.Dialed && l.Peer == a.Options.Self);

    /// <summary>Whoever looks for <paramref name="id"/> finds <paramref name="at"/>.</summary>
    public void Redirect(ulong id, EndPoint at) => addresses[new NodeId(id)] = at;

    public FaultProxy ProxyFor(TransportNode target)
    {
        var proxy = new FaultProxy(target.Address);
        Proxies.Add(proxy);
        Redirect(target.Id.Value, proxy.Address);
        return proxy;
    }

    public void Remove(TransportNode node)
    {
        node.Dispose();
        Nodes.Remove(node);
    }

    public void Turn()
    {
        foreach (FaultProxy proxy in Proxies)
            proxy.Pump();
        foreach (TransportNode node in Nodes)
            node.Transport.Poll(0);
    }

    public void Until(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Turn();
            Assert.True(watch.Elapsed < Patience, "what the test waits for has not come");
        }
    }

    /// <summary>Until so much of the test's time has passed; the members get a turn every 5 ms of it.</summary>
    public void Pass(TimeSpan time)
    {
        for (TimeSpan passed = default; passed < time; passed += TimeSpan.FromMilliseconds(5))
        {
            Clock.Advance(TimeSpan.FromMilliseconds(5));
            Turn();
        }
    }

    /// <summary>As <see cref="Until"/>, while the test's time passes.</summary>
    public void UntilInTime(TimeSpan bound, Func<bool> condition)
    {
        for (TimeSpan passed = default; !condition(); passed += TimeSpan.FromMilliseconds(1))
        {
            Assert.True(passed < bound, $"not within {bound}");
            Clock.Advance(TimeSpan.FromMilliseconds(1));
            Turn();
        }
    }

    public void Dispose()
    {
        foreach (TransportNode node in Nodes)
            node.Dispose();
        foreach (FaultProxy proxy in Proxies)
            proxy.Dispose();
    }
}
