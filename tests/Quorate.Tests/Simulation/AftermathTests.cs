using Quorate.Simulation;
using Xunit;
using static Quorate.Tests.Simulation.CalmWorld;

namespace Quorate.Tests.Simulation;

/// <summary>What must come of a run in the end is asked for: it does not come of members that hear nothing, though all links are well.</summary>
public sealed class AftermathTests
{
    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void Members_that_are_well_write_become_equal_and_serve(string engine)
    {
        (World world, _) = Led(engine);
        var aftermath = new Aftermath(world);
        aftermath.Run();
        Assert.True(aftermath.EqualAt > 20 * Second);
        Assert.True(world.FirstWriteAnsweredAt > 0);
        world.End();
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void No_write_is_answered_where_a_quorum_hears_nothing(string engine)
    {
        (World world, Machine leader) = Led(engine);
        foreach (Machine follower in world.FollowersOf(leader))
            world.LoseSilently(follower, _ => true);
        BreaksLiveness(new Aftermath(world).Run, "after the heal no write is answered");
        world.End();
    }

    [Fact]
    public void A_member_that_comes_to_no_state_is_found_out()
    {
        (World world, Machine leader) = Led();
        Machine behind = world.FollowersOf(leader).First();
        behind.StallApply(600 * Second);
        BreaksLiveness(new Aftermath(world).Run, "the members do not come to the same state");
        world.End();
    }
}
