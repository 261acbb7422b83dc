using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>What a group costs while nobody asks anything of it: the leader's heartbeats and their answers, and nothing else.</summary>
public sealed class IdleTests
{
    private const int Heartbeats = 50;

    [Theory]
    [InlineData("raft", 3)]
    [InlineData("raft", 5)]
    [InlineData("multipaxos", 3)]
    [InlineData("multipaxos", 5)]
    public void An_idle_group_exchanges_heartbeats_and_wakes_nobody_else(string engine, int members)
    {
        var options = new CoreOptions();
        TestNetwork network = new TestNetwork(options, engine == "raft" ? new RaftEngine() : new MultiPaxosEngine()).WithMembers(members, open: false);
        TestMember leader = network.Elect();
        network.Run(500);
        LogIndex before = network.LastDecided;
        int wakes = 0;
        int sent = 0;
        for (int tick = 0; tick < Heartbeats * options.HeartbeatTicks; tick++)
        {
            network.Now += 1;
            foreach (TestMember member in network.Members.Where(member => member.Core.NextWake <= network.Now))
            {
                Assert.Equal(leader, member);
                wakes++;
                member.Do(core => core.Advance(network.Now));
            }

            for (; network.Messages.Count > 0; sent++)
            {
                network.Members.Single(member => member.Id == network.Messages[0].To).Do(core => core.Advance(network.Now));
                network.Deliver(0);
            }

            Assert.All(network.Members, static member => Assert.Equal(0, member.Disk.PendingCount));
        }

        Assert.Equal(Heartbeats, wakes);
        Assert.Equal(Heartbeats * 2 * (members - 1), sent);
        Assert.Equal(before, network.LastDecided);
    }
}
