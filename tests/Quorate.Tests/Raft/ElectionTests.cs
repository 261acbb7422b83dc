using Quorate.Consensus;
using Quorate.Tests.Engines;
using Xunit;

namespace Quorate.Tests.Raft;

/// <summary>Elections (Raft §5.2, §5.4.1; thesis §3.10, §6.2, §9.6).</summary>
public sealed class ElectionTests
{
    [Fact]
    public void Section_5_2_a_silent_leader_is_replaced()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3);
        TestMember first = network.Elect();
        ulong term = first.Core.Status.Epoch.Term.Value;
        first.Crash(0);
        network.Run(400);
        Assert.True(network.Leader!.Core.Status.Epoch.Term.Value > term);
    }

    [Fact]
    public void A_single_voter_leads_at_once_and_then_sleeps()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(1);
        network.Settle();
        Assert.True(network[1].IsLeader);
        Assert.Equal(Tick.Never, network[1].Core.NextWake);
        Assert.Equal(Refusal.None, network[1].Do(core => core.Read(9)));
        Assert.Equal(new ReadOutcome(9, network.LastDecided, Refusal.None), Assert.Single(network[1].Reads));
    }

    [Fact]
    public void Thesis_9_6_a_member_cut_off_does_not_raise_its_term()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3);
        TestMember leader = network.Elect();
        TestMember cut = network.Members.First(member => member != leader);
        ulong term = leader.Core.Status.Epoch.Term.Value;
        network.Isolate(cut.Id);
        network.Run(2000);
        Assert.Equal(term, cut.Core.Status.Epoch.Term.Value);
        network.Cut.Clear();
        network.Run(300);
        Assert.Equal((leader.Id, term), (network.Leader!.Id, network.Leader.Core.Status.Epoch.Term.Value));
    }

    [Fact]
    public void Thesis_6_2_without_a_quorum_a_leader_steps_down_and_fails_its_reads()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3);
        TestMember leader = network.Elect();
        network.Isolate(leader.Id);
        leader.Do(core => core.Read(5));
        network.Run(120);
        Assert.False(leader.IsLeader);
        Assert.Equal(new ReadOutcome(5, LogIndex.Zero, Refusal.NotLeader), Assert.Single(leader.Reads));
    }

    [Fact]
    public void Thesis_3_10_leadership_is_handed_over_at_once()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3);
        TestMember leader = network.Elect();
        TestMember target = network.Members.First(member => member != leader);
        leader.Propose([1]);
        Assert.Equal(Refusal.None, leader.Do(core => core.Transfer(target.Id)));
        Assert.Equal(Refusal.TransferPending, leader.Propose([2]));
        network.Settle();
        Assert.True(target.IsLeader);
    }

    [Fact]
    public void A_vote_request_waits_for_the_disk_and_so_does_the_own_vote()
    {
        TestNetwork network = new TestNetwork(new CoreOptions { PreVote = false }).WithMembers(3);
        network[1].Do(core => core.Campaign());
        Assert.Empty(network.Messages);
        network[1].Sync(1);
        Assert.Equal(2, network.Messages.Count);
        network.Settle();
        Assert.True(network[1].IsLeader);
    }

    [Fact]
    public void A_pause_lets_what_is_queued_be_read_before_the_timer_fires()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3);
        TestMember leader = network.Elect();
        TestMember paused = network.Members.First(member => member != leader);
        paused.Do(core => core.Advance(network.Now + 5000));
        Assert.Equal(CoreRole.Follower, paused.Core.Status.Role);
        Assert.Equal(network.Now + 5001, paused.Core.NextWake);
    }

    [Fact]
    public void Thesis_6_4_1_a_restarted_member_whose_promise_a_lease_may_rest_on_waits_an_election_timeout()
    {
        var options = new CoreOptions { LeaseReads = true, FirstElectionTicks = 10 };
        TestNetwork network = new TestNetwork(options).WithMembers(3, open: false);
        TestMember leader = network.Elect();
        network.Run(50);
        TestMember[] others = [.. network.Members.Where(member => member != leader)];
        network.Isolate(leader.Id);
        others[0].Crash(0);
        others[0].Start();
        Assert.True(others[0].Core.NextWake - network.Now >= options.ElectionTicks);
    }

    /// <summary>A leader that is about to leave, and has not learned yet that this is committed, may read by the lease that the last voter gave it.</summary>
    [Fact]
    public void With_leases_a_lone_voter_waits_an_election_timeout_after_a_restart()
    {
        var options = new CoreOptions { LeaseReads = true };
        TestNetwork network = new TestNetwork(options).WithMembers(2, open: false);
        TestMember leader = network.Elect();
        network.Run(50);
        TestMember last = network.Members.Single(member => member != leader);
        leader.Do(core => core.Change(new ConfigurationChange(1, [new MemberChange(ChangeKind.Remove, core.Configuration.Find(leader.Id)!)])));
        while (last.Core.Configuration.Voters.Length > 1)
            network.Deliver(0);
        network.Isolate(leader.Id);
        last.Sync(last.Disk.PendingCount);
        last.Crash(0);
        last.Start();
        network.Settle();
        Assert.True(leader.IsLeader);
        Assert.Equal(CoreRole.Follower, last.Core.Status.Role);
        network.Run(2 * options.ElectionTicks);
        Assert.True(last.IsLeader);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void Leadership_goes_to_nobody_whose_disk_is_full(int full)
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3, open: false);
        TestMember leader = network.Elect();
        TestMember[] others = [.. network.Members.Where(member => member != leader)];
        others[full - 2].Do(core => core.DiskHasRoom(false));
        network.Run(50);
        leader.Do(core => core.Transfer(NodeId.None));
        network.Settle();
        Assert.True(others[3 - full].IsLeader);
    }
}
