using Quorate.Raft;
using Quorate.Simulation;
using Xunit;
using static Quorate.Tests.Simulation.CalmWorld;

namespace Quorate.Tests.Simulation;

/// <summary>Who looks whether things move on finds out a leader that does not see to it, and lets be whom something ails.</summary>
public sealed class ProgressWatchTests
{
    private static readonly Func<ReadOnlyMemory<byte>, bool> proposals =
        frame => frame.Span[0] == 1 && frame.Span[PromiseWatch.EnvelopeBytes] is (byte)MessageKind.AppendEntries or (byte)MessageKind.CommitNotice;

    [Fact]
    public void A_follower_that_stands_still_though_it_is_well_and_linked_is_found_out()
    {
        (World world, Machine leader) = Led();
        world.LoseSilently(world.FollowersOf(leader).First(), proposals);
        BreaksLiveness(() => world.Time.RunUntil(60 * Second), "has stood at entry");
        world.End();
    }

    [Fact]
    public void A_leader_that_decides_nothing_though_a_quorum_is_well_is_found_out()
    {
        (World world, Machine leader) = Led();
        foreach (Machine follower in world.FollowersOf(leader))
            world.LoseSilently(follower, proposals);
        BreaksLiveness(() => world.Time.RunUntil(60 * Second), "decides nothing");
        world.End();
    }

    [Theory]
    [InlineData("raft")]
    [InlineData("multipaxos")]
    public void Nothing_is_asked_of_a_follower_whose_links_lose_or_whose_state_machine_stands(string engine)
    {
        (World world, Machine leader) = Led(engine);
        Machine[] followers = [.. world.FollowersOf(leader)];
        world.Network.LinkOf(leader.Id, followers[0].Id).Loss.Begin(900);
        followers[1].StallApply(60 * Second);
        ulong before = world.Watch.Decided.Last;
        world.Time.RunUntil(60 * Second);
        Assert.True(world.Watch.Decided.Last > before + 50);
        world.End();
    }
}
