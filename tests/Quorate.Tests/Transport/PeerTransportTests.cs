using System.Net.Sockets;
using System.Text;
using Quorate.Consensus;
using Quorate.Transport;
using Xunit;

namespace Quorate.Tests.Transport;

/// <summary>What linked members can rely on.</summary>
public sealed class PeerTransportTests : IDisposable
{
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);

    private readonly TransportWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public void Frames_arrive_in_order_with_their_payloads_behind_the_header()
    {
        TransportNode[] nodes = world.Linked(3);
        for (int i = 0; i < 1000; i++)
            nodes[0].Say(Two, $"h{i}:", "a", "", $"b{i}");
        nodes[2].Say(Two, "from three");

        world.Until(() => nodes[1].Messages.Count == 1001);

        IEnumerable<string> fromOne = nodes[1].Messages.Where(m => m.From == One).Select(m => m.Text);
        Assert.Equal(Enumerable.Range(0, 1000).Select(i => $"h{i}:ab{i}"), fromOne);
        Assert.All(nodes[1].Messages, m => Assert.Equal(new InstanceId(0x100 + m.From.Value), m.Instance));
        Assert.Equal(1000, nodes[1].CountersOf(One).FramesReceived);
        Assert.Equal(0, nodes[0].CountersOf(Two).SendFailures);
    }

    [Fact]
    public void A_turn_leaves_at_once_on_flush()
    {
        TransportNode[] nodes = world.Linked(2);
        nodes[0].Say(Two, "now");
        long before = nodes[0].CountersOf(Two).BytesSent;

        nodes[0].Transport.Flush();

        Assert.True(nodes[0].CountersOf(Two).BytesSent > before);
    }

    [Fact]
    public void Payload_references_come_back_once_their_bytes_have_left()
    {
        TransportNode[] nodes = world.Linked(2);
        Block block = nodes[0].Pool.Rent(1 << 20);
        Payload[] pieces = [.. Enumerable.Range(0, 64).Select(i => new Payload(block, i * 1024, 512, 0))];

        nodes[0].Transport.Send(Two, "h"u8, pieces);
        Assert.True(block.References > 1);
        world.Until(() => nodes[1].Messages.Count == 1);

        Assert.Equal(1, block.References);
        Assert.Equal(1 + (64 * 512), nodes[1].Messages[0].Text.Length);
    }

    [Fact]
    public void A_frame_far_larger_than_the_sockets_buffers_arrives_whole()
    {
        TransportNode[] nodes = world.Linked(2);
        string large = new('x', 20 << 20);

        nodes[0].Say(Two, "large:", large);
        nodes[0].Say(Two, "small");
        world.Until(() => nodes[1].Messages.Count == 2);

        Assert.Equal("large:" + large, nodes[1].Messages[0].Text);
        Assert.Equal("small", nodes[1].Messages[1].Text);
    }

    [Fact]
    public void To_whom_there_is_no_link_a_frame_is_dropped_and_counted()
    {
        TransportNode node = world.Add(TransportWorld.Identity(1));
        node.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(9)));
        node.Say(new NodeId(9), "nobody");
        Assert.Equal(1, node.CountersOf(new NodeId(9)).FramesDropped);
        node.Say(new NodeId(10), "a stranger");
        Assert.Single(node.Transport.Counters);
    }

    [Fact]
    public void Past_its_bound_a_link_drops_frames_and_keeps_no_more_memory()
    {
        TransportNode[] nodes = world.Linked(2);
        Payload payload = Payload.Copy(nodes[0].Pool, new byte[1 << 20]);

        // The other side takes no turn: what the kernel does not hold waits here, up to the bound.
        for (int i = 0; i < 100; i++)
        {
            nodes[0].Transport.Send(Two, "h"u8, [payload]);
            nodes[0].Transport.Flush();
        }

        PeerCounters counters = nodes[0].CountersOf(Two);
        Assert.InRange(counters.FramesDropped, 1, 99);
        Assert.True((payload.Block!.References - 1) <= (nodes[0].Options.QueueBytesMax >> 20) + 1);
        Assert.Equal(100, counters.FramesSent + counters.FramesDropped);

        world.Until(() => nodes[1].Messages.Count == counters.FramesSent);
        Assert.Equal(1, payload.Block!.References);
    }

    [Fact]
    public void A_snapshot_under_way_does_not_hold_a_message_back()
    {
        TransportNode[] nodes = world.Linked(2);
        Payload piece = Payload.Copy(nodes[0].Pool, new byte[256 << 10]);
        Assert.False(nodes[0].Transport.SendSnapshot(Two, "s"u8, [piece])); // the stream is dialed when first wanted
        world.Until(() => nodes[0].Rooms.Count == 1);

        int taken = 0;
        while (nodes[0].Transport.SendSnapshot(Two, "s"u8, [piece]))
        {
            taken++;
            nodes[0].Transport.Flush();
        }

        nodes[0].Say(Two, "heartbeat");
        world.Until(() => nodes[1].Messages.Count == 1);
        int snapshotsBefore = nodes[1].Snapshots.Count;
        world.Until(() => nodes[1].Snapshots.Count == taken && nodes[0].Rooms.Count == 2);

        Assert.True(snapshotsBefore < taken, "the message passed them");
        Assert.All(nodes[1].Snapshots, s => Assert.Equal((One, (256 << 10) + 1), s));
        Assert.Equal(1, piece.Block!.References);
    }

    [Fact]
    public void A_member_that_no_configuration_names_can_come_and_be_answered()
    {
        TransportNode known = world.Add(TransportWorld.Identity(1));
        TransportNode newcomer = world.Add(TransportWorld.Identity(4));
        known.Connect(TransportWorld.Group(TransportWorld.Voter(1)));
        newcomer.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(4)));

        world.Until(() => newcomer.IsLinkedWith(One));
        newcomer.Say(One, "may I?");
        world.Until(() => known.Messages.Count == 1);
        known.Say(newcomer.Id, "yes");
        world.Until(() => newcomer.Messages.Count == 1);

        Assert.Equal("yes", newcomer.Messages[0].Text);
    }

    [Fact]
    public void What_the_loop_takes_for_no_message_ends_the_stream_and_it_comes_back()
    {
        TransportNode[] nodes = world.Linked(2);
        nodes[1].TakesMessages = false;
        nodes[0].Say(Two, "rubbish");
        world.Until(() => nodes[1].Ends.Count > 0);
        Assert.Equal(1, nodes[1].CountersOf(One).ReceiveFailures);
        Assert.Contains("no message", nodes[1].Ends[0].ToString(), StringComparison.Ordinal);

        nodes[1].TakesMessages = true;
        world.UntilInTime(TimeSpan.FromSeconds(2), () => nodes[0].Links.Count(l => l.Dialed) == 2);
        nodes[0].Say(Two, "sense");
        world.Until(() => nodes[1].Messages[^1].Text == "sense");
    }

    [Fact]
    public void Unix_domain_sockets_link_members_and_a_stale_file_is_no_obstacle()
    {
        string directory = Directory.CreateTempSubdirectory("quorate-peers").FullName;
        try
        {
            var at = new UnixDomainSocketEndPoint(Path.Combine(directory, "1"));
            using (var killed = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified))
                killed.Bind(at);
            TransportNode one = world.Add(TransportWorld.Identity(1), at);
            TransportNode two = world.Add(TransportWorld.Identity(2), new UnixDomainSocketEndPoint(Path.Combine(directory, "2")));
            Configuration group = TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2));
            one.Connect(group);
            two.Connect(group);
            world.Until(() => TransportWorld.FullyLinked(one, two));

            one.Say(Two, "hello");
            world.Until(() => two.Messages.Count == 1);
        }
        finally
        {
            world.Dispose();
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public void A_busy_address_is_named()
    {
        TransportNode node = world.Add(TransportWorld.Identity(1));
        IOException e = Assert.Throws<IOException>(() => world.Add(TransportWorld.Identity(2), node.Address));
        Assert.Contains(node.Address.ToString()!, e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Round_trips_are_measured()
    {
        TransportNode[] nodes = world.Linked(2);
        world.Until(() => Enumerable.Range(0, RoundTripTimes.Bounds + 1).Sum(nodes[0].CountersOf(Two).RoundTrips.Count) > 0);
    }

    [Fact]
    public async Task A_wake_from_another_thread_ends_the_wait_and_none_is_lost()
    {
        TransportNode node = world.Add(TransportWorld.Identity(1));
        const int Rounds = 20_000;
        int asked = 0;
        int seen = 0;
        Task waker = Task.Run(
            () =>
            {
                while (Volatile.Read(ref asked) < Rounds)
                {
                    if (Volatile.Read(ref seen) < asked)
                        continue;
                    Interlocked.Increment(ref asked);
                    node.Transport.Wake();
                }
            },
            TestContext.Current.CancellationToken);

        while (Volatile.Read(ref seen) < Rounds)
        {
            // A lost wake would wait for this long, and the test would never end.
            node.Transport.Poll(long.MaxValue / 2);
            Volatile.Write(ref seen, Volatile.Read(ref asked));
        }

        await waker;
    }

    [Fact]
    public void A_frame_costs_no_allocation_once_warm()
    {
        using var quiet = new TransportWorld();
        var ends = new (PeerTransport Transport, BlockPool Pool, Counting Events)[2];
        TransportNode[] nodes = quiet.Linked(2);
        for (int i = 0; i < 2; i++)
        {
            var pool = new BlockPool();
            var events = new Counting();
            PeerTransportOptions options = nodes[i].Options with { AddressesOf = _ => [], Listen = [] };
            if (i == 1)
                options = nodes[1].Options with { AddressesOf = _ => [ends[0].Transport.Addresses[0]], Listen = [] };
            else
                options = options with { Listen = nodes[0].Options.Listen };
            ends[i] = (new PeerTransport(options, pool, quiet.Clock, events, nodes[i]), pool, events);
            ends[i].Transport.Connect(new ConfigurationInForce(new LogIndex(1), TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2)), Committed: true));
        }

        Payload[] payloads = [.. Enumerable.Range(0, 64).Select(_ => Payload.Copy(ends[0].Pool, Encoding.ASCII.GetBytes(new string('v', 256))))];
        while (!ends[0].Transport.Counters.Any(c => c.Active))
            Array.ForEach(ends, e => e.Transport.Poll(0));

        Exchange(2000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Exchange(2000);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4096);

        foreach ((PeerTransport transport, _, _) in ends)
            transport.Dispose();

        void Exchange(int frames)
        {
            int goal = ends[1].Events.Frames + frames;
            Span<byte> header = stackalloc byte[400];
            for (int sent = 0; ends[1].Events.Frames < goal;)
            {
                for (int i = 0; i < 8 && sent < frames; i++, sent++)
                    ends[0].Transport.Send(Two, header, payloads);
                ends[0].Transport.Flush();
                ends[1].Transport.Poll(0);
                ends[0].Transport.Poll(0);
            }
        }
    }

    private sealed class Counting : IPeerEvents
    {
        public int Frames { get; private set; }

        public bool Received(NodeId from, InstanceId instance, in Payload frame)
        {
            Frames++;
            return true;
        }

        public bool SnapshotReceived(NodeId from, InstanceId instance, in Payload frame) => true;

        public void RejoinAsked(NodeId member, InstanceId instance)
        {
        }

        public void SnapshotRoom(NodeId to)
        {
        }

        public void SnapshotBroken(NodeId to)
        {
        }
    }
}
