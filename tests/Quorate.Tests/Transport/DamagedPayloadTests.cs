using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Transport;

/// <summary>A payload changed on its way, on Raft.</summary>
public sealed class DamagedPayloadOnRaftTests() : DamagedPayloadTests(new RaftEngine());

/// <summary>A payload changed on its way, on Multi-Paxos.</summary>
public sealed class DamagedPayloadOnMultiPaxosTests() : DamagedPayloadTests(new MultiPaxosEngine());

/// <summary>
/// A payload changed on its way, past the checksums of TCP and of the frame's header: it must never be acknowledged. Real sockets through a
/// proxy, a real leader at one end and a real follower at the other; every write is durable at once.
/// </summary>
public abstract class DamagedPayloadTests : IDisposable
{
    private const string Text = "a value that a broken device changes in one bit";

    private readonly TransportWorld world = new();
    private readonly CoreAtNode leader;
    private readonly CoreAtNode follower;
    private readonly FaultProxy beforeFollower;

    protected DamagedPayloadTests(IConsensusEngine engine)
    {
        Configuration group = TransportWorld.Group(TransportWorld.Voter(1, 0x101), TransportWorld.Voter(2, 0x102));
        leader = new CoreAtNode(world.Add(TransportWorld.Identity(1)), group, engine);
        TransportNode two = world.Add(TransportWorld.Identity(2));
        beforeFollower = world.ProxyFor(two);
        follower = new CoreAtNode(two, group, engine);

        // One way only: all that the leader sends passes the proxy.
        leader.Node.Connect(group);
        world.Until(() => leader.Node.IsLinkedWith(two.Id) && two.IsLinkedWith(leader.Node.Id));
        leader.Core.Campaign();
        Until(() => leader.Core.Status is { Role: CoreRole.Leader } status && status.Commit == status.Last && follower.Core.Status.Last == status.Last);
    }

    public void Dispose()
    {
        world.Dispose();
        ((IDisposable)leader.Core).Dispose();
        ((IDisposable)follower.Core).Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public void A_changed_bit_in_a_payload_ends_the_link_and_is_never_acknowledged()
    {
        LogIndex before = leader.Core.Status.Last;
        bool damaged = false;
        beforeFollower.Damage = bytes =>
        {
            int at = bytes.Span.IndexOf("broken device"u8);
            if (at < 0 || damaged)
                return;
            damaged = true;
            bytes.Span[at] ^= 0x10;
        };
        leader.Propose(Text);
        Until(() => follower.Node.Ends.Count == 1);
        Assert.True(damaged);
        Assert.Equal("what it sent is no message", follower.Node.Ends[0].Cause);
        Assert.Equal(1, follower.Node.CountersOf(leader.Node.Id).ReceiveFailures);
        Assert.Equal(before, follower.Core.Status.Last);
        Assert.Equal(before, leader.Core.Status.Commit);

        // It is sent again over a new link, and only now it is there, whole.
        for (int ticks = 0; leader.Core.Status.Commit == before; ticks++)
        {
            Assert.True(ticks < 1000);
            world.Pass(TimeSpan.FromMilliseconds(10));
            leader.Advance();
            Turn();
        }

        Assert.Equal(Text, follower.LastWritten);
    }

    private void Until(Func<bool> condition) => world.Until(() =>
    {
        Turn();
        return condition();
    });

    private void Turn()
    {
        leader.Turn();
        follower.Turn();
    }

    /// <summary>A core whose messages take the transport.</summary>
    private sealed class CoreAtNode
    {
        private readonly BlockPool pool = new();
        private long ticks;
        private int read;

        public CoreAtNode(TransportNode node, Configuration group, IConsensusEngine engine)
        {
            Core = engine.Create(new CoreOptions { PreVote = false, CheckQuorum = false });
            Node = node;
            var start = new CoreStart(
                new Tick(0), node.Id, node.Options.Self.Instance, default, SnapshotInfo.Initial(group), Seed: node.Id.Value);
            Core.Begin(start);
            Core.Ready();
        }

        public IConsensusCore Core { get; }

        public TransportNode Node { get; }

        public string LastWritten { get; private set; } = "";

        public void Propose(string text)
        {
            Payload payload = Payload.Copy(pool, System.Text.Encoding.Latin1.GetBytes(text));
            Assert.Equal(Refusal.None, Core.Propose([payload]));
            payload.Release();
        }

        public void Advance() => Core.Advance(new Tick(++ticks));

        public void Turn()
        {
            for (; read < Node.Messages.Count; read++)
            {
                CarryOut();
                (NodeId from, InstanceId instance, string text) = Node.Messages[read];
                Payload frame = Payload.Copy(pool, System.Text.Encoding.Latin1.GetBytes(text));
                if (!Core.Receive(from, instance, frame))
                    Node.Transport.Drop(from);
                CarryOut();
                frame.Release();
            }

            CarryOut();
        }

        private void CarryOut()
        {
            while (!Core.Output.IsEmpty)
            {
                CoreOutput output = Core.Output;
                foreach (Entry entry in output.WriteEntries)
                    LastWritten = System.Text.Encoding.Latin1.GetString(entry.Payload.Span);
                foreach (OutboundMessage message in output.Messages)
                    Node.Transport.Send(message.To, output.HeaderOf(message), output.PayloadsOf(message));
                WriteNumber written = output.Writes.Count == 0 ? WriteNumber.None : output.Writes[^1].Number;
                LogIndex decided = output.Decided.Count == 0 ? LogIndex.Zero : output.Decided[^1].Index;
                output.Clear();
                if (decided > LogIndex.Zero)
                    Core.Applied(decided);
                if (written != WriteNumber.None)
                    Core.WritesDurable(written);
            }

            Node.Transport.Flush();
        }
    }
}
