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
        TestMember second = network.Members.First(member => member != first);
        first.Do(core => core.Transfer(second.Id));
        Refusal asked = Refusal.NotLeader;
        StepUntil(network, () =>
        {
            network.Messages.RemoveAll(message => network.Engine.Describe(message.Frame).StartsWith("HeartbeatReply", StringComparison.Ordinal));
            asked = Change(second, 2, ChangeKind.Add, 5, MemberRole.Learner);
            return asked is not (Refusal.NotLeader or Refusal.NotReady);
        });
        Assert.Equal(Refusal.ChangePending, asked);
        network.Run(2 * new CoreOptions().HeartbeatTicks);
        Assert.Equal(Refusal.None, Change(second, 3, ChangeKind.Add, 5, MemberRole.Learner));
    }

    /// <summary>One that has promised may be away by now; one that is away from the beginning was never heard.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void No_change_leaves_voters_of_whom_too_few_are_here(bool hasPromised)
    {
        TestNetwork network = Closed(3);
        if (!hasPromised)
            network.Isolate(new NodeId(3));
        TestMember leader = ElectAmong(network, hasPromised ? 3 : 2);
        TestMember away = hasPromised ? network.Members.Last(member => member != leader) : network[3];
        TestMember other = network.Members.Single(member => member != leader && member != away);
        network.Isolate(away.Id);
        network.Run(hasPromised ? 2 * new CoreOptions().ElectionTicks : 1);
        Assert.Equal(Refusal.QuorumNotHeard, Change(leader, 1, ChangeKind.Remove, other.Id.Value, MemberRole.Voter));
        Assert.Equal(Refusal.None, Change(leader, 2, ChangeKind.Remove, away.Id.Value, MemberRole.Voter));
        network.Run(20);
        Assert.Equal(new ChangeOutcome(2, Refusal.None), Assert.Single(leader.Changes));
    }

    [Fact]
    public void An_open_newcomer_promises_nothing_that_counts()
    {
        TestNetwork network = Closed(3);
        network.Isolate(new NodeId(3));
        TestMember leader = ElectAmong(network, 2);
        var open = new Member(new NodeId(4), InstanceId.Open, MemberRole.Voter, default);
        Assert.Equal(Refusal.QuorumNotHeard, Change(leader, 1, ChangeKind.Add, open));
        Assert.Equal(Refusal.None, Change(leader, 2, ChangeKind.Add, 4, MemberRole.Voter));
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
        for (int i = 0; i < 100; i++)
        {
            network.Run(20);
            if (network.Leader is { } leader && network.Members.Count(member => member.Core.Status.Leader == leader.Id) >= linked)
                return leader;
        }

        throw new InvalidOperationException("no leader");
    }

    /// <summary>Carries what moves, disks first, no further than needed.</summary>
    private static void StepUntil(TestNetwork network, Func<bool> reached)
    {
        for (int i = 0; !reached(); i++)
        {
            Assert.True(i < 10_000);
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
