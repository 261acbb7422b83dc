using Quorate.Consensus;
using Quorate.Raft;
using Quorate.Tests.Engines;
using Xunit;

namespace Quorate.Tests.Raft;

/// <summary>Membership (Raft §6, thesis §4).</summary>
public sealed class MembershipTests
{
    private readonly TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3);

    [Fact]
    public void Open_instances_are_bound_as_they_are_heard_from()
    {
        network.Elect();
        network.Run(50);
        Assert.All(network.Members, member => Assert.All(
            member.Core.Configuration.Members, bound => Assert.Equal(100 + bound.Id.Value, bound.Instance.Value)));
    }

    [Fact]
    public void The_first_leader_is_elected_by_all_and_binds_all_at_once()
    {
        network.Isolate(new NodeId(3));
        network.Run(1000);
        Assert.Null(network.Leader); // a third that was never there and one whose disk is wiped look the same
        network.Cut.Clear();
        TestMember leader = network.Elect();
        Assert.All(leader.Core.Configuration.Members, member => Assert.Equal(100 + member.Id.Value, member.Instance.Value));
        Assert.Equal(new LogIndex(2), leader.Core.InForce.Index); // after the no-op
    }

    [Fact]
    public void A_wiped_disk_elects_nobody_with_a_member_that_does_not_know_the_binding()
    {
        TestMember leader = network.ElectAndStop();
        TestMember[] others = [.. network.Members.Where(member => member != leader)];
        (TestMember wiped, TestMember behind) = (others[0], others[1]);
        network.Isolate(behind.Id);
        network.Run(50);
        Assert.Equal(Refusal.None, leader.Propose([1]));
        network.Settle();
        LogIndex answered = network.LastDecided;
        Assert.Equal(new LogIndex(3), answered);
        Assert.True(behind.Core.Configuration.Members[0].Instance.IsOpen);

        leader.Crash(0); // for a while: of three disks only one is lost
        TestMember back = network.Wipe(wiped);
        network.Cut.Clear();
        network.Run(2000);
        Assert.Null(network.Leader);

        leader.Start();
        Assert.Equal(leader, network.Elect());
        Assert.Equal(Refusal.None, leader.Propose([2]));
        network.Settle();
        Assert.True(network.LastDecided > answered);
        Assert.Equal(network.LastDecided, behind.Applied);

        var renewed = new Member(back.Id, back.Instance, MemberRole.Learner, default);
        Assert.Equal(Refusal.None, Change(leader, 1, (ChangeKind.Replace, renewed)));
        network.Run(50);
        Assert.Equal(Refusal.None, Change(leader, 2, (ChangeKind.Promote, renewed)));
        network.Settle();
        Assert.Equal(3, back.Core.Configuration.Voters.Length);
    }

    [Fact]
    public void A_wiped_disk_does_not_vote_for_a_member_that_knows_its_place_as_open()
    {
        var two = new TestNetwork(new CoreOptions()).WithMembers(2, open: false);
        TestMember leader = two.Elect();
        TestMember behind = two.Members.Single(member => member != leader);
        two.Run(50);
        Assert.Equal(Refusal.None, Change(leader, 1, (ChangeKind.Add, new Member(new NodeId(3), InstanceId.Open, MemberRole.Voter, default))));
        two.Settle();
        Assert.Equal(3, behind.Core.Configuration.Voters.Length);
        two.Isolate(behind.Id);
        TestMember added = two.Add(3, Configuration.Empty);
        two.Run(50);
        Assert.False(leader.Core.Configuration.Find(added.Id)!.Instance.IsOpen);
        Assert.True(behind.Core.Configuration.Find(added.Id)!.Instance.IsOpen);
        Assert.Equal(Refusal.None, leader.Propose([1]));
        two.Settle();
        Assert.Equal(two.LastDecided, added.Applied);

        leader.Crash(0);
        two.Wipe(added);
        two.Cut.Clear();
        two.Run(2000);
        Assert.Null(two.Leader);
        leader.Start();
        Assert.Equal(leader, two.Elect());
    }

    [Fact]
    public void Thesis_4_2_1_a_learner_is_promoted_only_when_it_has_caught_up()
    {
        TestMember leader = Ready();
        var learner = new Member(new NodeId(4), new InstanceId(104), MemberRole.Learner, default);
        Assert.Equal(Refusal.None, Change(leader, 1, (ChangeKind.Add, learner)));
        network.Settle();
        Assert.Equal(Refusal.NotCaughtUp, Change(leader, 2, (ChangeKind.Promote, learner)));
        network.Add(4, Configuration.Empty);
        network.Run(50);
        Assert.Equal(Refusal.None, Change(leader, 3, (ChangeKind.Promote, learner)));
        network.Settle();
        Assert.Equal([new ChangeOutcome(1, Refusal.None), new ChangeOutcome(3, Refusal.None)], leader.Changes);
        Assert.Equal(4, network[4].Core.Configuration.Voters.Length);
    }

    [Fact]
    public void Thesis_4_3_more_than_one_voter_goes_through_a_joint_configuration()
    {
        TestMember leader = Ready();
        foreach (ulong id in new ulong[] { 4, 5 })
        {
            Assert.Equal(Refusal.None, Change(leader, id, (ChangeKind.Add, new Member(new NodeId(id), new InstanceId(100 + id), MemberRole.Learner, default))));
            network.Add(id, Configuration.Empty);
            network.Settle();
            network.Run(50);
        }

        Member[] learners = [.. leader.Core.Configuration.Members.Where(member => member.Role == MemberRole.Learner)];
        Assert.Equal(Refusal.None, Change(leader, 9, (ChangeKind.Promote, learners[0]), (ChangeKind.Promote, learners[1])));
        Assert.True(leader.Core.Configuration.IsJoint);
        Assert.Equal(Refusal.ChangePending, Change(leader, 10, (ChangeKind.Remove, learners[0])));
        network.Settle();
        Assert.False(leader.Core.Configuration.IsJoint);
        Assert.Equal(new ChangeOutcome(9, Refusal.None), leader.Changes[^1]);
        Assert.All(network.Members, member => Assert.Equal(5, member.Core.Configuration.Voters.Length));
    }

    [Fact]
    public void Thesis_4_3_the_next_leader_leaves_a_joint_configuration()
    {
        TestMember leader = Ready();
        foreach (ulong id in new ulong[] { 4, 5 })
            network.Add(id, Configuration.Empty);
        Member[] added = [.. new ulong[] { 4, 5 }.Select(id => new Member(new NodeId(id), new InstanceId(100 + id), MemberRole.Voter, default))];
        Assert.Equal(Refusal.None, Change(leader, 1, (ChangeKind.Add, added[0]), (ChangeKind.Add, added[1])));
        while (network.Messages.Count > 0)
            network.Deliver(0); // the joint entry is everywhere, and committed nowhere
        foreach (TestMember member in network.Members.Where(member => member != leader))
            member.Sync(member.Disk.PendingCount);
        leader.Crash(0);
        network.Run(600);
        Assert.Equal(5, network.Leader!.Core.Configuration.Voters.Length);
        Assert.False(network.Leader.Core.Configuration.IsJoint);
    }

    [Fact]
    public void Thesis_4_2_2_a_leader_that_removes_itself_steps_down_once_that_is_committed()
    {
        TestMember leader = Ready();
        Assert.Equal(Refusal.None, Change(leader, 1, (ChangeKind.Remove, leader.Core.Configuration.Find(leader.Id)!)));
        Assert.True(leader.IsLeader);
        network.Settle();
        Assert.False(leader.IsLeader);
        Assert.Equal(2, network.Leader!.Core.Configuration.Voters.Length); // handed over, without a timeout
    }

    [Fact]
    public void Thesis_4_2_2_a_leader_whose_removal_nobody_else_holds_campaigns_until_it_is_committed()
    {
        // Found by seed 521: of two voters the other one's log is shorter, so that it cannot win; and whoever removed himself did not try.
        var two = new TestNetwork(new CoreOptions()).WithMembers(2);
        TestMember leader = two.Elect();
        two.Run(50);
        two.Isolate(leader.Id);
        Assert.Equal(Refusal.None, Change(leader, 1, (ChangeKind.Remove, leader.Core.Configuration.Find(leader.Id)!)));
        two.Run(1000);
        Assert.Null(two.Leader);

        two.Cut.Clear();
        two.Run(1000);
        TestMember other = two.Members.Single(member => member != leader);
        Assert.Equal(other, two.Leader);
        Assert.Equal([other.Id], other.Core.Configuration.Voters.Select(voter => voter.Id));
        Assert.Equal(Refusal.None, other.Propose([1]));
        two.Settle();
        Assert.Equal(other.Applied, two.LastDecided);

        // Once that is committed, as far as it knows, it leaves the others alone.
        Assert.Equal(Tick.Never, leader.Core.NextWake);
    }

    [Fact]
    public void No_change_before_a_commit_in_the_leaders_term()
    {
        TestMember leader = Ready();
        TestMember next = network.Members.First(member => member != leader);
        leader.Do(core => core.Transfer(next.Id));
        while (!next.IsLeader)
        {
            if (network.Messages.Count > 0)
                network.Deliver(0);
            foreach (TestMember member in network.Members.Where(member => !next.IsLeader && member.Disk.PendingCount > 0))
                member.Sync(member.Disk.PendingCount);
        }

        Assert.Equal(Refusal.NotReady, Change(next, 1, (ChangeKind.Remove, next.Core.Configuration.Find(leader.Id)!)));
    }

    /// <summary>A vote is given to a number: both lives of it could win one term.</summary>
    [Fact]
    public void An_instance_in_whose_place_another_one_is_does_not_stand()
    {
        var history = new ConfigurationHistory(new CoreOutput());
        Member[] voters = [.. Enumerable.Range(1, 3).Select(i => new Member(new NodeId((ulong)i), new InstanceId(100 + (ulong)i), MemberRole.Voter, default))];
        history.Reset(new LogIndex(1), new Configuration(voters, []));
        Assert.True(history.MayStand(new NodeId(3), new InstanceId(103), commit: new LogIndex(1)));
        history.Appended(new LogIndex(2), new Configuration(voters[..2], []));
        Assert.True(history.MayStand(new NodeId(3), new InstanceId(103), commit: new LogIndex(1))); // removed, and that is not committed
        history.Appended(new LogIndex(3), new Configuration([.. voters[..2], voters[2] with { Instance = new InstanceId(900), Role = MemberRole.Learner }], []));
        Assert.False(history.MayStand(new NodeId(3), new InstanceId(103), commit: new LogIndex(1)));
    }

    /// <summary>Their answers to rounds on their way come from who does not count any more.</summary>
    [Fact]
    public void Reads_on_their_way_are_served_when_a_leader_becomes_its_own_quorum()
    {
        var two = new TestNetwork(new CoreOptions()).WithMembers(2, open: false);
        TestMember leader = two.Elect();
        two.Run(50);
        TestMember other = two.Members.Single(member => member != leader);
        two.Isolate(other.Id);
        for (ulong i = 1; i <= 4; i++)
            leader.Do(core => core.Read(i));
        Assert.Empty(leader.Reads);
        Assert.Equal(Refusal.None, Change(leader, 1, (ChangeKind.Remove, leader.Core.Configuration.Find(other.Id)!)));
        two.Settle();
        Assert.Equal(4, leader.Reads.Count(read => read.Refusal == Refusal.None));
    }

    [Fact]
    public void A_replaced_instance_comes_back_as_a_learner()
    {
        TestMember leader = Ready();
        TestMember lost = network.Members.Last(member => member != leader);
        lost.Crash(0);
        network.Members.Remove(lost);
        var renewed = new Member(lost.Id, new InstanceId(900), MemberRole.Learner, default);
        Assert.Equal(Refusal.None, Change(leader, 1, (ChangeKind.Replace, renewed)));
        TestMember back = network.Add(lost.Id.Value, Configuration.Empty, instance: 900);
        network.Run(100);
        Assert.True(back.Core.Status.IsLearner);
        Assert.Equal(network.LastDecided, back.Applied);
        Assert.Equal(Refusal.None, Change(leader, 2, (ChangeKind.Promote, renewed)));
        network.Settle();
        Assert.Equal(3, back.Core.Configuration.Voters.Length);
    }

    [Fact]
    public void A_voter_behind_on_a_replacement_votes_for_the_new_instance_and_learns_of_it()
    {
        var five = new TestNetwork(new CoreOptions()).WithMembers(5);
        TestMember leader = five.Elect();
        five.Run(50);
        TestMember[] others = [.. five.Members.Where(member => member != leader)];
        (TestMember lost, TestMember behind, TestMember down) = (others[0], others[1], others[2]);
        five.Isolate(behind.Id);
        lost.Crash(0);
        five.Members.Remove(lost);
        var renewed = new Member(lost.Id, new InstanceId(900), MemberRole.Learner, default);
        Assert.Equal(Refusal.None, Change(leader, 1, (ChangeKind.Replace, renewed)));
        TestMember back = five.Add(lost.Id.Value, Configuration.Empty, instance: 900);
        five.Run(100);
        Assert.Equal(Refusal.None, Change(leader, 2, (ChangeKind.Promote, renewed)));
        five.Settle();
        Assert.Equal(lost.Instance, behind.Core.Configuration.Find(lost.Id)!.Instance);

        // Of five voters three are left: the new one, one who knows it, and one who knows only the life before.
        leader.Crash(0);
        down.Crash(0);
        five.Cut.Clear();
        five.Run(500);
        back.Do(core => core.Campaign());
        five.Run(100);
        Assert.NotNull(five.Leader);
        Assert.Equal(back.Instance, behind.Core.Configuration.Find(lost.Id)!.Instance);
        Assert.Equal(five.LastDecided, behind.Applied);
    }

    [Fact]
    public void A_truncated_configuration_is_taken_back()
    {
        TestMember leader = Ready();
        network.Isolate(leader.Id);
        Assert.Equal(Refusal.None, Change(leader, 1, (ChangeKind.Remove, leader.Core.Configuration.Voters.First(voter => voter.Id != leader.Id))));
        network.Settle();
        Assert.Equal(2, leader.Core.Configuration.Voters.Length);
        network.Run(500);
        network.Cut.Clear();
        network.Run(500);
        Assert.Equal(3, leader.Core.Configuration.Voters.Length);
        Assert.Equal(new ChangeOutcome(1, Refusal.NotLeader), Assert.Single(leader.Changes));
    }

    [Fact]
    public void The_last_voter_stays_and_strangers_are_unknown()
    {
        TestMember leader = Ready();
        Assert.Equal(Refusal.UnknownMember, Change(leader, 1, (ChangeKind.Remove, new Member(new NodeId(9), default, default, default))));
        Assert.Equal(Refusal.MemberExists, Change(leader, 1, (ChangeKind.Add, leader.Core.Configuration.Members[0])));
        Assert.Equal(Refusal.NotLearner, Change(leader, 1, (ChangeKind.Promote, leader.Core.Configuration.Members[0])));
        (ChangeKind, Member)[] all = [.. leader.Core.Configuration.Members.Select(member => (ChangeKind.Remove, member))];
        Assert.Equal(Refusal.LastVoter, Change(leader, 1, all));
    }

    private static Refusal Change(TestMember leader, ulong request, params (ChangeKind Kind, Member Member)[] steps) => leader.Do(core =>
        core.Change(new ConfigurationChange(request, [.. steps.Select(step => new MemberChange(step.Kind, step.Member))])));

    private TestMember Ready()
    {
        TestMember leader = network.Elect();
        network.Run(50);
        return leader;
    }
}
