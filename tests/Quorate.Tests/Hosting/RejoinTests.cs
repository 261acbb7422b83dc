using System.Buffers.Binary;
using System.Text;
using Quorate.Consensus;
using Quorate.Examples;
using Quorate.Hosting;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Hosting;

/// <summary>A member that lost what it had promised comes back as a new instance, and as nothing else.</summary>
public sealed class RejoinTests : IAsyncDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("quorate-rejoin").FullName;
    private readonly int[] ports = TestPorts.Take(3);
    private readonly QuorateNode?[] nodes = new QuorateNode?[3];
    private readonly CounterMachine[] machines = new CounterMachine[3];

    private IConsensusEngine engine = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private Configuration First => new(
        ports.Select((port, i) => new Member(
            new NodeId((ulong)i + 1), InstanceId.Open, MemberRole.Voter, Encoding.UTF8.GetBytes($"127.0.0.1:{port}"))),
        outgoing: []);

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public async Task A_member_whose_hard_state_is_damaged_stops_and_comes_back_as_another_instance(string engine)
    {
        this.engine = Engine(engine);
        await Task.WhenAll(StartAsync(0), StartAsync(1), StartAsync(2));
        Assert.Equal(5, await AddAsync(0, 5));
        await nodes[2]!.ReadBarrierAsync(Cancellation);
        InstanceId before = nodes[2]!.Instance;
        await StopAsync(2);
        Assert.Equal(12, await AddAsync(0, 7));

        string state = Path.Combine(DirectoryOf(2), "state");
        await File.WriteAllBytesAsync(state, new byte[new FileInfo(state).Length], Cancellation);
        NodeStartException refused = await Assert.ThrowsAsync<NodeStartException>(() => StartAsync(2));
        Assert.True(refused.IsDamaged);
        Assert.Contains("the file state (term and vote) is damaged in both copies", refused.Message, StringComparison.Ordinal);

        Directory.Move(DirectoryOf(2), $"{DirectoryOf(2)}.damaged");
        await StartAsync(2, rejoin: true);
        await nodes[2]!.BecomeVoterAsync(Cancellation);
        Assert.NotEqual(before, nodes[2]!.Instance);
        await nodes[2]!.ReadBarrierAsync(Cancellation);
        Assert.Equal(12, machines[2].Value);

        // It counts again: with one of the others gone, it makes the quorum.
        await StopAsync(1);
        Assert.Equal(13, await AddAsync(2, 1));
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public async Task A_member_that_is_known_asks_for_nothing(string engine)
    {
        this.engine = Engine(engine);
        await Task.WhenAll(StartAsync(0), StartAsync(1), StartAsync(2, rejoin: false));
        Assert.Equal(1, await AddAsync(2, 1));
        await nodes[2]!.BecomeVoterAsync(Cancellation);
        Assert.All(nodes[2]!.Status.Configuration.Members, m => Assert.Equal(MemberRole.Voter, m.Role));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (QuorateNode? node in nodes)
        {
            if (node is not null)
                await node.StopAsync();
        }

        Directory.Delete(directory, recursive: true);
    }

    private static IConsensusEngine Engine(string name) => name == "raft" ? new RaftEngine() : new MultiPaxosEngine();

    private string DirectoryOf(int member) => Path.Combine(directory, $"m{member}");

    private async Task StartAsync(int member, bool rejoin = false)
    {
        machines[member] = new CounterMachine();
        var options = new NodeOptions
        {
            Self = new NodeId((ulong)member + 1),
            ClusterId = 0xC1,
            DataDirectory = DirectoryOf(member),
            FirstConfiguration = rejoin ? Configuration.Empty : First,
            RejoinThrough = First,
            PeerListen = $"127.0.0.1:{ports[member]}",
            SegmentBytes = 1 << 20,
        };
        nodes[member] = await QuorateNode.StartAsync(options, engine, machines[member], cancellation: Cancellation);
    }

    private async Task StopAsync(int member)
    {
        await nodes[member]!.StopAsync();
        nodes[member] = null;
    }

    private async Task<long> AddAsync(int member, long amount)
    {
        byte[] command = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(command, amount);
        using Answer answer = await nodes[member]!.ProposeAsync(command, Cancellation);
        return BinaryPrimitives.ReadInt64LittleEndian(answer.Span);
    }
}
