using Quorate.Simulation;
using Xunit;
using static Quorate.Tests.Simulation.CalmWorld;

namespace Quorate.Tests.Simulation;

/// <summary>Faults stay within the promise: a majority has whole disks.</summary>
public sealed class PromiseKeptTests
{
    /// <summary>Raft, seed 1635: the sector was of a spare file, which the start after it had not read; later it was one of the log.</summary>
    [Fact]
    public void A_disk_is_not_whole_while_its_device_cannot_read_all_of_its_log()
    {
        (World world, Machine leader) = Led();
        Machine[] followers = [.. world.FollowersOf(leader)];
        Assert.True(world.CanLose(followers[0]));
        string path = followers[1].Image.Paths().First(p => p.StartsWith("log/", StringComparison.Ordinal));
        followers[1].Image.LoseSector(path, 3);
        Assert.False(world.CanLose(followers[0]));
        Assert.False(world.SurvivesWithout(leader));
        world.End();
    }
}
