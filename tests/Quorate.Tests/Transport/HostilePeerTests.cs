using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Quorate.Consensus;
using Quorate.Transport;
using Xunit;

namespace Quorate.Tests.Transport;

/// <summary>Peers and addresses that want more than they should get.</summary>
public sealed class HostilePeerTests : IDisposable
{
    private readonly TransportWorld world = new();

    public void Dispose() => world.Dispose();

    [Fact]
    public void A_name_that_no_resolver_takes_is_told_like_one_that_does_not_exist()
    {
        TransportNode node = world.Add(TransportWorld.Identity(1));
        world.Redirect(2, new DnsEndPoint(new string('a', 300), 2380));
        node.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2)));
        world.Until(() => node.Unreachables.Count > 0);
        Assert.Equal(new NodeId(2), node.Unreachables[0].Peer);
    }

    [Fact]
    public void A_peer_that_pings_and_reads_nothing_is_let_go()
    {
        TransportNode node = world.Add(TransportWorld.Identity(1), with: options => options with { QueueBytesMax = 64 << 10 });
        node.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2)));
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4096 };
        socket.Connect(node.Address);
        socket.Blocking = false;
        byte[] hello = new byte[Hello.SizeBytes];
        new Hello(TransportWorld.Identity(2), new NodeId(1), PeerStream.Messages, LogIndex.Zero, HelloVerdict.Accepted).Write(hello);
        Assert.Equal(hello.Length, socket.Send(hello));
        world.Until(() => node.Links.Count > 0);

        byte[] pings = Pings(2000);
        int at = 0;
        world.Until(() =>
        {
            int sent = socket.Send(pings.AsSpan(at), SocketFlags.None, out SocketError error);
            at = error == SocketError.Success ? (at + sent) % pings.Length : at;
            return node.Ends.Count > 0;
        });
        Assert.Contains("does not read", node.Ends[0].Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void Peers_that_invent_names_share_a_bounded_space_and_take_no_members_place()
    {
        TransportNode node = world.Add(TransportWorld.Identity(1));
        node.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2)));
        var guests = new List<Socket>();
        for (ulong name = 100; name < 100 + (2 * PeerBook.GuestsMax); name++)
            guests.Add(Greet(node, TransportWorld.Identity(name)));
        world.Until(() => node.Links.Count == PeerBook.GuestsMax && node.NotTaken.Count == 1);
        Assert.Contains("no configuration names it", node.NotTaken[0], StringComparison.Ordinal);
        using Socket member = Greet(node, TransportWorld.Identity(2));
        world.Until(() => node.IsLinkedWith(new NodeId(2)));

        // Those who go make room, whatever they were called.
        guests.ForEach(g => g.Dispose());
        world.Until(() => node.Ends.Count == PeerBook.GuestsMax);
        for (ulong name = 1000; name < 1000 + PeerBook.GuestsMax; name++)
        {
            using Socket guest = Greet(node, TransportWorld.Identity(name));
            world.Until(() => node.IsLinkedWith(new NodeId(name)));
        }

        Assert.Equal(PeerBook.GuestsMax + 1, node.Transport.Counters.Count);
    }

    private static Socket Greet(TransportNode node, PeerIdentity self)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(node.Address);
        byte[] hello = new byte[Hello.SizeBytes];
        new Hello(self, node.Id, PeerStream.Messages, LogIndex.Zero, HelloVerdict.Accepted).Write(hello);
        Assert.Equal(hello.Length, socket.Send(hello));
        return socket;
    }

    private static byte[] Pings(int count)
    {
        const int length = FrameHead.SizeBytes + 8;
        byte[] bytes = new byte[count * length];
        for (int i = 0; i < count; i++)
        {
            Span<byte> frame = bytes.AsSpan(i * length, length);
            BinaryPrimitives.WriteInt64LittleEndian(frame[FrameHead.SizeBytes..], i);
            new FrameHead(8, 8, FrameKind.Ping, Crc32C.Of(frame[FrameHead.SizeBytes..])).Write(frame);
        }

        return bytes;
    }
}
