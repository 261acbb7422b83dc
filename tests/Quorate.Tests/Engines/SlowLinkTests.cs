using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>A link on which each answer comes late: the next heartbeat has left by then.</summary>
public sealed class SlowLinkTests
{
    private static readonly CoreOptions options = new();

    [Theory]
    [InlineData("raft", true)]
    [InlineData("raft", false)]
    [InlineData("multipaxos", true)]
    [InlineData("multipaxos", false)]
    public void What_it_has_lost_is_sent_again(string engine, bool whileReadsCome)
    {
        TestNetwork network = new TestNetwork(options, engine == "raft" ? new RaftEngine() : new MultiPaxosEngine()).WithMembers(3, open: false);
        TestMember leader = network.Elect();
        network.Run(20);
        TestMember slow = network.Members.Last(member => member != leader);
        network.Cut.Add((leader.Id, slow.Id));
        leader.Propose([1]);
        network.Settle();
        network.Cut.Clear();
        Assert.Equal(network.LastDecided, slow.Applied.Next);

        for (ulong i = 1; i <= 10; i++)
        {
            int late = network.Messages.Count;
            if (whileReadsCome)
                leader.Do(core => core.Read(i));
            else
                Pass(network, options.HeartbeatTicks);
            SettleBut(network, slow);
            for (; late > 0; late--)
                network.Deliver(0);
            SettleBut(network, slow);
        }

        Assert.Equal(network.LastDecided, slow.Applied);
        Assert.Equal(whileReadsCome ? 10 : 0, leader.Reads.Count);
    }

    private static void Pass(TestNetwork network, int ticks)
    {
        network.Now += ticks;
        foreach (TestMember member in network.Members)
            member.Do(core => core.Advance(network.Now));
    }

    /// <summary>Syncs every disk and delivers all that neither comes from the slow member nor goes there.</summary>
    private static void SettleBut(TestNetwork network, TestMember slow)
    {
        int next;
        do
        {
            foreach (TestMember member in network.Members.Where(member => member.Disk.PendingCount > 0))
                member.Sync(member.Disk.PendingCount);
            next = network.Messages.FindIndex(message => message.From != slow && message.To != slow.Id);
            if (next >= 0)
                network.Deliver(next);
        }
        while (next >= 0);
    }
}
