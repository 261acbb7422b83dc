using Quorate.Consensus;
using Quorate.Simulation;
using Xunit;
using static Quorate.Tests.Simulation.CalmWorld;

namespace Quorate.Tests.Simulation;

/// <summary>Who looks whether requests end finds out a process that forgets one, and waits for one that stands still.</summary>
public sealed class RequestWatchTests
{
    [Fact]
    public void A_caller_that_is_never_told_is_found_out()
    {
        (World world, Machine leader) = Led(size: 1);
        leader.Process!.Driver.Stop(); // nothing that it is asked reaches its loop any more
        Ask(leader, () => { });
        BreaksLiveness(() => world.Time.RunUntil(200 * Second), $"a caller at member {leader.Id} was not told");
        world.End();
    }

    [Fact]
    public void A_process_that_stands_still_may_let_callers_wait()
    {
        (World world, Machine leader) = Led();
        Machine follower = world.FollowersOf(leader).First();
        bool ended = false;
        follower.Pause(120 * Second);
        Ask(follower, () => ended = true);
        world.Time.RunUntil(139 * Second);
        Assert.False(ended);
        world.Time.RunUntil(200 * Second);
        Assert.True(ended);
        world.End();
    }

    private static void Ask(Machine member, Action ended) =>
        member.Process!.Callers!.Change([new MemberChange(ChangeKind.Update, member.As(MemberRole.Voter))], _ => ended());
}
