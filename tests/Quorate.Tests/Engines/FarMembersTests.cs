using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>Members between which each message takes longer than a heartbeat.</summary>
public sealed class FarMembersTests
{
    private const int DelayTicks = 12;

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void A_first_leader_is_elected_though_an_answer_takes_longer_than_the_first_question(string engine)
    {
        var options = new CoreOptions { FirstElectionTicks = 10 };
        TestNetwork network = new TestNetwork(options, engine == "raft" ? new RaftEngine() : new MultiPaxosEngine()).WithMembers(3);
        var due = new Queue<Tick>();
        for (int tick = 0; tick < 10 * options.ElectionTicks && network.Leader is null; tick++)
        {
            network.Now += 1;
            foreach (TestMember member in network.Members)
            {
                member.Do(core => core.Advance(network.Now));
                member.Sync(member.Disk.PendingCount);
            }

            for (; due.TryPeek(out Tick first) && first <= network.Now; due.Dequeue())
                network.Deliver(0);
            while (due.Count < network.Messages.Count)
                due.Enqueue(network.Now + DelayTicks);
        }

        Assert.NotNull(network.Leader);
    }
}
