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

    [Fact]
    public void No_change_leaves_voters_of_whom_too_few_are_there()
    {
        TestNetwork network = Closed(3);
        network.Isolate(new NodeId(3));
        TestMember leader = ElectAmong(network, 2);
        TestMember other = network[3 - leader.Id.Value];
        network.Run(2 * new CoreOptions().ElectionTicks); // who is not heard from is taken to be there for so long
        Assert.Equal(Refusal.QuorumNotHeard, Change(leader, 1, ChangeKind.Remove, other.Id.Value, MemberRole.Voter));
        Assert.Equal(Refusal.None, Change(leader, 2, ChangeKind.Remove, 3, MemberRole.Voter));
        network.Run(20);
        Assert.Equal(new ChangeOutcome(2, Refusal.None), Assert.Single(leader.Changes));
    }

    [Fact]
    public void One_that_lost_its_disk_comes_back_while_another_is_away_with_four_and_two_among_five()
    {
        TestNetwork network = Closed(5, new QuorumSizes(4, 2));
        network.Isolate(new NodeId(4));
        TestMember leader = ElectAmong(network, 4);
        TestMember renewed = network.Wipe(network.Members.Last(member => member.Id != leader.Id && member.Id.Value != 4));
        var learner = new Member(renewed.Id, renewed.Instance, MemberRole.Learner, default);
        Assert.Equal(Refusal.None, Change(leader, 1, ChangeKind.Replace, learner));
        network.Run(30);
        Assert.Equal(Refusal.None, Change(leader, 2, ChangeKind.Promote, learner));
        network.Run(30);
        Assert.Equal([1ul, 2ul], leader.Changes.Select(change => change.RequestId));
        Assert.True(leader.IsLeader);
        Assert.Equal(Refusal.None, leader.Propose([1]));
        network.Run(30);
        Assert.Equal(network.LastDecided, renewed.Applied);
        Assert.Equal(5, renewed.Core.Configuration.Voters.Length);
    }

    private static TestNetwork Closed(int size, QuorumSizes quorums = default) =>
        new TestNetwork(new CoreOptions { ReconfigurationWindow = 4, Quorums = quorums }, new MultiPaxosEngine()).WithMembers(size, open: false);

    private static TestMember ElectAmong(TestNetwork network, int linked)
    {
        while (network.Leader is not { } leader || network.Members.Count(member => member.Core.Status.Leader == leader.Id) < linked)
            network.Run(10);
        network.Run(20);
        return network.Leader!;
    }

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

    private static Refusal Change(TestMember leader, ulong request, ChangeKind kind, ulong member, MemberRole role) =>
        Change(leader, request, kind, new Member(new NodeId(member), new InstanceId(100 + member), role, default));

    private static Refusal Change(TestMember leader, ulong request, ChangeKind kind, Member member) =>
        leader.Do(core => core.Change(new ConfigurationChange(request, [new MemberChange(kind, member)])));
}
