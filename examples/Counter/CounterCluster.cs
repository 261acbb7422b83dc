using System.Buffers.Binary;
using System.Text;
using Quorate.Consensus;
using Quorate.Hosting;

namespace Quorate.Examples;

/// <summary>Three members in one process. Each has its own directory and port, as if it were alone on its machine.</summary>
/// <param name="directory">Where each has its own.</param>
/// <param name="ports">One for each.</param>
/// <param name="engine"><c>new RaftEngine()</c> or <c>new MultiPaxosEngine()</c>: the same on all members, chosen at the first start.</param>
public sealed class CounterCluster(string directory, int[] ports, IConsensusEngine engine) : IAsyncDisposable
{
    private readonly QuorateNode?[] nodes = new QuorateNode?[ports.Length];
    private readonly CounterMachine[] machines = new CounterMachine[ports.Length];

    /// <summary>Starts a member; one that was stopped finds its state again.</summary>
    public async Task StartAsync(int member)
    {
        var first = new Configuration(
            ports.Select((port, i) => new Member(
                new NodeId((ulong)i + 1), InstanceId.Open, MemberRole.Voter, Encoding.UTF8.GetBytes($"127.0.0.1:{port}"))),
            outgoing: []);
        machines[member] = new CounterMachine();
        var options = new NodeOptions
        {
            Self = new NodeId((ulong)member + 1),
            ClusterId = 0xC0,
            DataDirectory = Path.Combine(directory, $"member-{member + 1}"),
            FirstConfiguration = first,
            PeerListen = $"127.0.0.1:{ports[member]}",
            SegmentBytes = 1 << 20,
        };
        nodes[member] = await QuorateNode.StartAsync(options, engine, machines[member]);
    }

    /// <summary>Adds through any member; ends once a majority holds it on disk.</summary>
    public async Task<long> AddAsync(int member, long amount)
    {
        byte[] command = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(command, amount);
        using Answer answer = await nodes[member]!.ProposeAsync(command);
        return BinaryPrimitives.ReadInt64LittleEndian(answer.Span);
    }

    /// <summary>Reads at any member; sees every addition that had been answered.</summary>
    public async Task<long> ReadAsync(int member)
    {
        await nodes[member]!.ReadBarrierAsync();
        return machines[member].Value;
    }

    /// <summary>Which member leads, as one of them knows it.</summary>
    public int Leader(int member) => (int)nodes[member]!.Status.Leader.Value - 1;

    /// <summary>Stops a member.</summary>
    public async Task StopAsync(int member)
    {
        await nodes[member]!.StopAsync();
        nodes[member] = null;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (QuorateNode? node in nodes)
        {
            if (node is not null)
                await node.StopAsync();
        }
    }
}
