using Quorate.Checkers;
using Quorate.Simulation;
using Xunit;
using static Quorate.Tests.Simulation.CalmWorld;

namespace Quorate.Tests.Simulation;

/// <summary>Who looks at disks finds out one that does not hold what it claims, though nothing ever crashes.</summary>
public sealed class DurabilityTests
{
    [Fact]
    public void A_disk_that_syncs_nothing_is_found_out_while_its_member_runs_on()
    {
        World world = Begun();
        world.Time.RunUntil(10 * Second);
        world.Members[1].DiskFaults.SyncsLie = true;
        var broken = Assert.Throws<CheckFailedException>(() => world.Time.RunUntil(600 * Second));
        Assert.Equal(Promise.QuorumDurability, broken.Promise);
        Assert.Contains("member 2", broken.Message, StringComparison.Ordinal);
        world.End();
    }

    [Fact]
    public void Honest_disks_are_looked_at_twice_and_hold_what_is_decided()
    {
        World world = Begun();
        world.Time.RunUntil(600 * Second);
        Assert.Equal(2, world.Durability.Looks);
        Assert.True(world.Watch.Raft.Decided.Last > 1000);
        world.End();
    }
}
