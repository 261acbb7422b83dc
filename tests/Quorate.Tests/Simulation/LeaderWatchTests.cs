using Quorate.Consensus;
using Quorate.Replica;
using Quorate.Simulation;
using Xunit;
using static Quorate.Tests.Simulation.CalmWorld;

namespace Quorate.Tests.Simulation;

/// <summary>Who looks whether leaders stay asks that only of one that really is heard.</summary>
public sealed class LeaderWatchTests
{
    [Fact]
    public void A_leader_may_go_while_answers_wait_for_a_late_one_on_links_that_are_well_again()
    {
        (World world, Machine leader) = Led();
        Epoch term = leader.Status!.Value.Epoch;
        foreach (Machine member in world.Members)
        {
            if (member != leader)
                world.Network.LinkOf(member.Id, leader.Id).LastAt = world.Time.NowNanoseconds + (3 * Second);
        }

        world.Time.RunUntil(40 * Second);
        Assert.True(world.Leader()!.Status!.Value.Epoch > term);
        world.End();
    }

    [Fact]
    public void A_leader_may_go_of_its_own_will_where_its_disk_fell_behind()
    {
        (World world, Machine leader) = Led(); // seed 1166: under an overload, which is no fault of a disk
        Epoch term = leader.Status!.Value.Epoch;
        world.Noticed(leader, new Notice(NoticeKind.StalledHandOver));
        leader.Process!.Callers!.Transfer(NodeId.None, _ => { });
        world.Time.RunUntil(40 * Second);
        Assert.True(world.Leader()!.Status!.Value.Epoch > term);
        world.End();
    }

    /// <summary>Seed 1484: the other life of a voter's disk answered, and was taken for one of the quorum.</summary>
    [Fact]
    public void A_leader_may_go_whom_only_another_life_of_a_voter_hears()
    {
        (World world, Machine leader) = Led();
        Machine[] followers = [.. world.FollowersOf(leader)];
        Ailment loss = world.Network.LinkOf(followers[1].Id, leader.Id).Loss;
        followers[0].LoseDisk();
        followers[0].Wipe();
        followers[0].StartAfter(0);
        loss.Begin(1000);
        world.Time.RunUntil(world.Time.NowNanoseconds + (Second / 2)); // it is looked anew who is of the quorum
        loss.End();
        world.Time.RunUntil(30 * Second);
        Assert.Equal(CoreRole.Leader, leader.Status!.Value.Role);
        loss.Begin(1000);
        world.Time.RunUntil(40 * Second);
        Assert.NotEqual(CoreRole.Leader, leader.Status!.Value.Role);
        world.End();
    }
}
