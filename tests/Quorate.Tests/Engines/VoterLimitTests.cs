using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>Each engine counts so many voters and no more: what asks for more is refused, and breaks nothing.</summary>
public sealed class VoterLimitTests
{
    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void More_voters_than_can_be_counted_are_refused(string engine)
    {
        TestNetwork network = Three(engine);
        TestMember leader = Ready(network);
        Assert.Equal(Refusal.TooManyMembers, Change(leader, 1, [.. Strangers(4, network.Engine.VotersMax - 2)]));
        Assert.True(leader.IsLeader);
        Assert.Equal(3, leader.Core.Configuration.Members.Length);
        leader.Propose([1]);
        network.Settle();
        Assert.Equal(network.LastDecided, leader.Applied);
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void As_many_voters_as_can_be_counted_decide_and_are_replaced_at_once(string engine)
    {
        TestNetwork network = Three(engine);
        TestMember leader = Ready(network);
        int come = network.Engine.VotersMax - 3;
        Assert.Equal(Refusal.None, Change(leader, 1, [.. Strangers(4, come)]));
        Start(network, 4, come);
        Assert.Equal(new ChangeOutcome(1, Refusal.None), leader.Changes[^1]);
        Assert.Equal(Refusal.TooManyMembers, Change(leader, 2, [.. Strangers(4 + (ulong)come, 1)]));

        // Two configurations that share nobody but the leader are the most that can be in force together.
        ulong first = 4 + (ulong)come;
        int others = network.Engine.VotersMax - 1;
        (ChangeKind, Member)[] swap =
        [
            .. leader.Core.Configuration.Voters.Where(voter => voter.Id != leader.Id).Select(voter => (ChangeKind.Remove, voter)),
            .. Strangers(first, others),
        ];
        Assert.Equal(Refusal.None, Change(leader, 3, swap));
        Start(network, first, others);
        Assert.Equal(new ChangeOutcome(3, Refusal.None), leader.Changes[^1]);
        Assert.Equal(network.Engine.VotersMax, leader.Core.Configuration.Voters.Length);
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public async Task A_node_is_not_started_with_more(string engine)
    {
        IConsensusEngine of = Of(engine);
        var options = new NodeOptions
        {
            Self = new NodeId(1),
            ClusterId = 1,
            DataDirectory = Path.Combine(Path.GetTempPath(), "quorate-never-made"),
            FirstConfiguration = new Configuration(Strangers(1, of.VotersMax + 1).Select(step => step.Item2), []),
            PeerListen = "127.0.0.1:0",
        };
        NodeStartException refused = await Assert.ThrowsAsync<NodeStartException>(() => QuorateNode.StartAsync(options, of, null!, cancellation: TestContext.Current.CancellationToken));
        Assert.Contains($"{of.VotersMax + 1} voters: {engine} can count {of.VotersMax}", refused.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(options.DataDirectory));
    }

    private static IConsensusEngine Of(string engine) => engine == "raft" ? new RaftEngine() : new MultiPaxosEngine();

    private static TestNetwork Three(string engine) =>
        new TestNetwork(new CoreOptions { ReconfigurationWindow = 4 }, Of(engine)).WithMembers(3, open: false);

    private static TestMember Ready(TestNetwork network)
    {
        TestMember leader = network.Elect();
        network.Run(20);
        return leader;
    }

    private static void Start(TestNetwork network, ulong first, int count)
    {
        for (int i = 0; i < count; i++)
            network.Add(first + (ulong)i, Configuration.Empty);
        network.Run(30);
    }

    private static IEnumerable<(ChangeKind Kind, Member Member)> Strangers(ulong first, int count) => Enumerable.Range(0, count).Select(
        i => (ChangeKind.Add, new Member(new NodeId(first + (ulong)i), new InstanceId(100 + first + (ulong)i), MemberRole.Voter, default)));

    private static Refusal Change(TestMember leader, ulong request, params (ChangeKind Kind, Member Member)[] steps) => leader.Do(core =>
        core.Change(new ConfigurationChange(request, [.. steps.Select(step => new MemberChange(step.Kind, step.Member))])));
}
