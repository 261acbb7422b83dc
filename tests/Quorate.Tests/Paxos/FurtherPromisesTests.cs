using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Tests.Engines;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>A leader that learns of further configurations asks their voters for promises (docs/protocols/multi-paxos.md, rules 4 and 5).</summary>
public sealed class FurtherPromisesTests
{
    // With pre-votes who is out would first ask whether the newest configuration has a leader.
    private static readonly CoreOptions options = new() { ReconfigurationWindow = 4, CatchUpEntries = 0, PreVote = false };

    [Fact]
    public void Who_leads_and_lacks_what_has_left_their_memory_leaves_office()
    {
        TestNetwork network = new TestNetwork(options, new MultiPaxosEngine()).WithMembers(3, open: false);
        TestMember leader = network.Elect();
        network.Run(20);
        TestMember late = network.Members.Last(member => member != leader);
        TestMember leaving = network.Members.Single(member => member != leader && member != late);
        late.Crash(0);
        TestMember newcomer = network.Add(4, leader.First);
        Change(network, leader, ChangeKind.Add, newcomer);
        Change(network, leader, ChangeKind.Remove, leaving);
        leader.Checkpoint(dropAtLeast: leader.Applied);
        newcomer.Checkpoint(dropAtLeast: newcomer.Applied);

        // It knows the first configuration alone, and of that one only whom the last left out is in reach: that one has everything from where it stopped.
        network.Cut.Add((leader.Id, late.Id));
        network.Cut.Add((late.Id, leader.Id));
        late.Start();
        for (int i = 0; i < 100 && !late.IsLeader; i++)
            network.Run(10);
        Assert.True(late.IsLeader);
        network.Cut.Clear();

        network.Run(10 * options.ElectionTicks);
        LogIndex before = network.LastDecided;
        TestMember next = network.Leader!;
        Assert.NotEqual(late, next);
        Assert.Equal(Refusal.None, next.Propose([1]));
        network.Run(20);
        Assert.Equal(before.Next, network.LastDecided);
        Assert.Equal(network.LastDecided, late.Applied);
    }

    private static void Change(TestNetwork network, TestMember leader, ChangeKind kind, TestMember member)
    {
        var changed = new Member(member.Id, member.Instance, MemberRole.Voter, default);
        ulong request = (ulong)leader.Changes.Count + 1;
        Assert.Equal(Refusal.None, leader.Do(core => core.Change(new ConfigurationChange(request, [new MemberChange(kind, changed)]))));
        network.Run(30);
        Assert.Equal(new ChangeOutcome(request, Refusal.None), leader.Changes[^1]);
    }
}
