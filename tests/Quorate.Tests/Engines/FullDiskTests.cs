using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>What a leader says whose disk is full.</summary>
public sealed class FullDiskTests
{
    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_leader_hands_over_and_meanwhile_refuses_nothing_for_good(string engine)
    {
        TestNetwork network = Network(engine, 3);
        TestMember leader = network.Elect();
        leader.Do(core => core.DiskHasRoom(false));
        Assert.Equal(Refusal.TransferPending, leader.Propose([1]));
        network.Settle();
        Assert.False(leader.IsLeader);
        Assert.NotNull(network.Leader);
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_leader_without_others_stays_and_says_why_it_refuses(string engine)
    {
        TestNetwork network = Network(engine, 1);
        TestMember leader = network.Elect();
        leader.Do(core => core.DiskHasRoom(false));
        Assert.Equal(Refusal.DiskFull, leader.Propose([1]));
        Assert.True(leader.IsLeader);
    }

    private static TestNetwork Network(string engine, int size) =>
        new TestNetwork(new CoreOptions(), engine == "raft" ? new RaftEngine() : new MultiPaxosEngine()).WithMembers(size, open: false);
}
