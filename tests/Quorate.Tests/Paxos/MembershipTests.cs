using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Tests.Engines;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>When a leader takes a membership change, and when one is over (docs/protocols/multi-paxos.md, rules 14 and 15).</summary>
public sealed class MembershipTests
{
    [Fact]
    public void A_new_learner_too_is_known_to_a_quorum_of_disks_before_the_next_change_begins()
    {
        TestNetwork network = Closed(3);
        TestMember leader = network.Elect();
        network.Run(20);
        Assert.Equal(Refusal.None, Change(leader, 1, ChangeKind.Add, 4, MemberRole.Learner));
        StepUntil(network, () => leader.Core.Configuration.Members.Length == 4);

        // It is in force; but the old life of member 4, if it had one, is refused only by those who know.
        Assert.Empty(leader.Changes);
        Assert.Equal(Refusal.ChangePending, Change(leader, 2, ChangeKind.Add, 5, MemberRole.Learner));
        network.Run(20);
        Assert.Equal(new ChangeOutcome(1, Refusal.None), Assert.Single(leader.Changes));
        Assert.Equal(Refusal.None, Change(leader, 3, ChangeKind.Add, 5, MemberRole.Learner));
    }

    [Fact]
    public void A_new_leader_asks_anew_who_knows_of_the_learner()
    {
        TestNetwork network = Closed(3);
        TestMember first = network.Elect();
        network.Run(20);
        Change(first, 1, ChangeKind.Add, 4, MemberRole.Learner);
        network.Run(20);
        first.Crash(0);
        TestMember second = network.Elect();
        network.Run(20);
        Assert.Equal(Refusal.None, Change(second, 2, ChangeKind.Add, 5, MemberRole.Learner));
        network.Run(20);
        Assert.Equal(new ChangeOutcome(2, Refusal.None), Assert.Single(second.Changes));
    }

    private static TestNetwork Closed(int size) =>
        new TestNetwork(new CoreOptions { ReconfigurationWindow = 4 }, new MultiPaxosEngine()).WithMembers(size, open: false);

    /// <summary>Carries what moves, disks first, no further than needed.</summary>
    private static void StepUntil(TestNetwork network, Func<bool> reached)
    {
        while (!reached())
        {
            TestMember? writing = network.Members.FirstOrDefault(member => member.Disk.PendingCount > 0);
            if (writing is not null)
                writing.Sync(writing.Disk.PendingCount);
            else
                network.Deliver(0);
        }
    }

    private static Refusal Change(TestMember leader, ulong request, ChangeKind kind, ulong member, MemberRole role) => leader.Do(core => core.Change(
        new ConfigurationChange(request, [new MemberChange(kind, new Member(new NodeId(member), new InstanceId(100 + member), role, default))])));
}
