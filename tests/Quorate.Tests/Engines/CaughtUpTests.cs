using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>When a learner is close enough to be promoted (thesis §4.2.1).</summary>
public sealed class CaughtUpTests
{
    private static readonly CoreOptions options = new();
    private readonly Member learner = new(new NodeId(4), new InstanceId(104), MemberRole.Learner, default);

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void Under_load_what_nobody_has_yet_keeps_no_learner_back(string engine)
    {
        TestNetwork network = WithLearner(engine);
        TestMember leader = network.Leader!;
        network.Cut.Add((learner.Id, leader.Id));
        Propose(network, options.MessageEntriesMax / 2); // it has these, and the leader has not heard that yet
        network.Cut.Clear();
        leader.Propose(Commands(3 * options.MessageEntriesMax)); // on their way to everybody
        Assert.Equal(Refusal.None, Change(leader, ChangeKind.Promote));
        network.Settle();
        Assert.Equal(4, leader.Core.Configuration.Voters.Length);
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void What_a_message_cannot_bring_it_must_have(string engine)
    {
        TestNetwork network = WithLearner(engine);
        TestMember leader = network.Leader!;
        network.Cut.Add((learner.Id, leader.Id));
        Propose(network, options.MessageEntriesMax + 1);
        Assert.Equal(Refusal.NotCaughtUp, Change(leader, ChangeKind.Promote));
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void Whose_disk_is_full_is_not_promoted(string engine)
    {
        TestNetwork network = WithLearner(engine);
        TestMember full = network[learner.Id.Value];
        full.Do(core => core.DiskHasRoom(false));
        network.Run(2 * options.HeartbeatTicks);
        Assert.Equal(Refusal.NotCaughtUp, Change(network.Leader!, ChangeKind.Promote));
        full.Do(core => core.DiskHasRoom(true));
        network.Run(2 * options.HeartbeatTicks);
        Assert.Equal(Refusal.None, Change(network.Leader!, ChangeKind.Promote));
    }

    private TestNetwork WithLearner(string engine)
    {
        TestNetwork network = new TestNetwork(options, engine == "raft" ? new RaftEngine() : new MultiPaxosEngine()).WithMembers(3, open: false);
        TestMember leader = network.Elect();
        network.Run(20);
        Assert.Equal(Refusal.None, Change(leader, ChangeKind.Add));
        network.Add(learner.Id.Value, Configuration.Empty);
        network.Run(50);
        Assert.Equal(network.LastDecided, network[learner.Id.Value].Applied);
        return network;
    }

    private Refusal Change(TestMember leader, ChangeKind kind) =>
        leader.Do(core => core.Change(new ConfigurationChange(1, [new MemberChange(kind, learner)])));

    private static void Propose(TestNetwork network, int count)
    {
        LogIndex before = network.LastDecided;
        Assert.Equal(Refusal.None, network.Leader!.Propose(Commands(count)));
        network.Settle();
        Assert.Equal(before + count, network.LastDecided);
    }

    private static byte[][] Commands(int count) => [.. Enumerable.Range(0, count).Select(static i => new byte[] { (byte)i })];
}
