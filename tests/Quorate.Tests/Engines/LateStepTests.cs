using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>A member whose every step comes late, as on a machine with too much to do. The first may have been a pause; the next ones count.</summary>
public sealed class LateStepTests
{
    private static readonly CoreOptions options = new();
    private static readonly int lateTicks = 3 * options.HeartbeatTicks;

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_follower_that_hears_of_no_leader_campaigns_all_the_same(string engine)
    {
        (TestNetwork network, TestMember late) = WithFollower(engine);
        Late(network, late, 10 * options.ElectionTicks);
        Assert.Equal(CoreRole.Follower, late.Core.Status.Role);
        Late(network, late, lateTicks);
        Assert.Equal(CoreRole.PreCandidate, late.Core.Status.Role);
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_pause_is_forgiven_again_once_the_leader_was_heard(string engine)
    {
        (TestNetwork network, TestMember late) = WithFollower(engine);
        Late(network, late, 10 * options.ElectionTicks);
        network.Run(options.HeartbeatTicks);
        Late(network, late, 10 * options.ElectionTicks);
        Assert.Equal(CoreRole.Follower, late.Core.Status.Role);
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_leader_without_a_quorum_steps_down_all_the_same(string engine)
    {
        TestNetwork network = Network(engine);
        TestMember leader = network.Elect();
        network.Isolate(leader.Id);
        Late(network, leader, 10 * options.ElectionTicks);
        Assert.True(leader.IsLeader); // answers may be queued
        Late(network, leader, lateTicks);
        Assert.False(leader.IsLeader);
    }

    private static TestNetwork Network(string engine) =>
        new TestNetwork(options, engine == "raft" ? new RaftEngine() : new MultiPaxosEngine()).WithMembers(3, open: false);

    private static (TestNetwork Network, TestMember Follower) WithFollower(string engine)
    {
        TestNetwork network = Network(engine);
        TestMember leader = network.Elect();
        return (network, network.Members.First(member => member != leader));
    }

    private static void Late(TestNetwork network, TestMember member, int ticks)
    {
        Tick wake = member.Core.NextWake;
        network.Now = Tick.Min(network.Now + ticks, wake + ticks);
        Assert.True(network.Now - wake > options.HeartbeatTicks);
        member.Do(core => core.Advance(network.Now));
    }
}
