using Quorate.Consensus;
using Quorate.Examples;
using Quorate.Hosting;
using Quorate.Raft;
using Quorate.Transport;
using Xunit;

namespace Quorate.Tests.Hosting;

/// <summary>What a cluster runs is chosen at its first start and stays.</summary>
public sealed class ChosenProtocolTests
{
    [Fact]
    public void It_is_recorded_as_one_word_or_with_its_quorums_and_leases()
    {
        foreach (ChosenProtocol chosen in new[]
        {
            new ChosenProtocol("raft", QuorumSizes.Majority), new("multipaxos", QuorumSizes.Majority), new("multipaxos", new QuorumSizes(4, 2)),
            new("raft", QuorumSizes.Majority, 1000), new("multipaxos", new QuorumSizes(32, 32), 50_000),
        })
        {
            Assert.InRange(chosen.ToString().Length, 1, PeerIdentity.EngineBytesMax);
            Assert.Equal(chosen, ChosenProtocol.Parse(chosen.ToString()));
        }

        Assert.Equal("multipaxos 4/2", new ChosenProtocol("multipaxos", new QuorumSizes(4, 2)).ToString());
        Assert.Equal("multipaxos 4/2 leases=1000", new ChosenProtocol("multipaxos", new QuorumSizes(4, 2), 1000).ToString());
        Assert.Equal("raft elections=odd", ChosenProtocol.Parse("raft elections=odd").Engine); // of a newer release: no engine here
    }

    [Fact]
    public async Task A_directory_keeps_it_and_refuses_another_in_one_line()
    {
        string directory = Directory.CreateTempSubdirectory("quorate-protocol").FullName;
        try
        {
            Assert.Null(ChosenProtocol.RecordedIn(directory));
            NodeOptions options = Options(directory);
            await using (await QuorateNode.StartAsync(options, new RaftEngine(), new CounterMachine(), cancellation: TestContext.Current.CancellationToken))
            {
                // The first start records it.
            }

            Assert.Equal(new ChosenProtocol("raft", QuorumSizes.Majority), ChosenProtocol.RecordedIn(directory));
            NodeStartException refused = await Assert.ThrowsAsync<NodeStartException>(
                () => QuorateNode.StartAsync(options, new OtherEngine(), new CounterMachine(), cancellation: TestContext.Current.CancellationToken));
            Assert.Equal($"{directory} was written by consensus engine raft, not other", refused.Message);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static NodeOptions Options(string directory) => new()
    {
        Self = new NodeId(1),
        ClusterId = 7,
        DataDirectory = directory,
        FirstConfiguration = new Configuration([new Member(new NodeId(1), InstanceId.Open, MemberRole.Voter, default)], []),
        PeerListen = "127.0.0.1:0",
        SegmentBytes = 1 << 20,
    };

    /// <summary>Raft under another name.</summary>
    private sealed class OtherEngine : IConsensusEngine
    {
        private readonly RaftEngine inner = new();

        public string Name => "other";

        public InstalledLogRule InstalledLog => inner.InstalledLog;

        public int VotersMax => inner.VotersMax;

        public bool ChoosesQuorums => inner.ChoosesQuorums;

        public IConsensusCore Create(CoreOptions options) => inner.Create(options);

        public string Describe(ReadOnlySpan<byte> header) => inner.Describe(header);
    }
}
