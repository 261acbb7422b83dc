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
}
