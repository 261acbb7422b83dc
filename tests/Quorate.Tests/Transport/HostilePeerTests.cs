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
