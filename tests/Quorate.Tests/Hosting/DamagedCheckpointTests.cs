using System.Text;
using Quorate.Consensus;
using Quorate.Examples;
using Quorate.Hosting;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Quorate.Replica;
using Xunit;

namespace Quorate.Tests.Hosting;

/// <summary>A start on a checkpoint that cannot be used.</summary>
public sealed class DamagedCheckpointTests : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("quorate-damage").FullName;
    private readonly int port = TestPorts.Take(1)[0];

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public async Task Rot_in_the_checkpoint_refuses_the_start_and_names_the_file(string engine)
    {
        await WriteCheckpointAsync(engine);
        foreach (string file in Directory.GetFiles(directory, "*.checkpoint", SearchOption.AllDirectories)) // one may be unfinished
        {
            byte[] bytes = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
            Array.ForEach(Enumerable.Range(0, bytes.Length).ToArray(), i => bytes[i] ^= 1);
            await File.WriteAllBytesAsync(file, bytes, TestContext.Current.CancellationToken);
        }

        NodeStartException refused = await RefusedAsync(engine, new CounterMachine());
        Assert.Matches("checkpoint snap/[0-9a-f-]+[.]checkpoint is damaged at offset 0", refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
        Assert.True(refused.IsDamaged); // so that serve --rejoin sets it aside
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public async Task A_checkpoint_of_another_state_machine_refuses_the_start(string engine)
    {
        await WriteCheckpointAsync(engine);
        NodeStartException refused = await RefusedAsync(engine, new OtherMachine());
        Assert.StartsWith($"{directory}: checkpoint snap/", refused.Message, StringComparison.Ordinal);
        Assert.Contains("not mine", refused.Message);
        Assert.False(refused.IsDamaged); // whoever can read it still may
    }

    private async Task WriteCheckpointAsync(string engine)
    {
        await using QuorateNode node = await StartAsync(engine, new CounterMachine());
        while (Directory.GetFiles(directory, "*.manifest", SearchOption.AllDirectories).Length == 0)
            await node.ProposeAsync(BitConverter.GetBytes(1L), TestContext.Current.CancellationToken);
    }

    private Task<NodeStartException> RefusedAsync(string engine, IStateMachine machine)
    {
        Task<QuorateNode> start = StartAsync(engine, machine);
        return Assert.ThrowsAsync<NodeStartException>(() => start.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    private Task<QuorateNode> StartAsync(string engine, IStateMachine machine) => QuorateNode.StartAsync(
        new NodeOptions
        {
            Self = new NodeId(1),
            ClusterId = 1,
            DataDirectory = directory,
            FirstConfiguration = new Configuration(
                [new Member(new NodeId(1), InstanceId.Open, MemberRole.Voter, Encoding.UTF8.GetBytes($"127.0.0.1:{port}"))], []),
            PeerListen = $"127.0.0.1:{port}",
            Replica = new ReplicaOptions { CheckpointBytesMin = 1, CheckpointEntriesMin = 1 },
            SegmentBytes = 1 << 20,
        },
        engine == "raft" ? new RaftEngine() : new MultiPaxosEngine(),
        machine);

    private sealed class OtherMachine : IStateMachine
    {
        public void Apply(ReadOnlySpan<Command> commands, IAnswers answers)
        {
        }

        public ISnapshotSource Capture() => throw new NotSupportedException();

        public ISnapshotSink Restore() => new Sink();

        private sealed class Sink : ISnapshotSink
        {
            public void Write(ReadOnlySpan<byte> bytes) => throw new InvalidDataException("not mine");

            public void Complete()
            {
            }

            public void Dispose()
            {
            }
        }
    }
}
