using Quorate.Consensus;
using Quorate.Replica;
using Xunit;

namespace Quorate.Tests.Replica;

/// <summary>A leader whose disk takes nothing any more: its heartbeats would keep everybody waiting.</summary>
public sealed class StallTests
{
    private static readonly int Patience = new CoreOptions().ElectionTicks / 2;

    private readonly LoopWorld world = new(3);

    public StallTests()
    {
        world.Lead(1, term: 1);
        world[1].Core.Durable = new LogIndex(10);
        Reach(10, 10);
    }

    [Fact]
    public void Leadership_goes_to_the_member_whose_log_is_furthest()
    {
        Stall();
        Reach(11, 15);
        Pass(Patience - 1);
        Assert.Empty(world[1].Core.Transfers);
        Pass(1);
        Assert.Equal([new NodeId(3)], world[1].Core.Transfers);
        Assert.Equal(new NodeId(3), Assert.Single(world[1].Notices, notice => notice.Kind == NoticeKind.StalledHandOver).Node);
    }

    [Fact]
    public void Where_no_log_moves_the_leader_stays()
    {
        Stall();
        Pass(10 * Patience);
        Assert.Empty(world[1].Core.Transfers);
    }

    [Fact]
    public void Who_was_not_heard_from_lately_is_not_asked()
    {
        Stall();
        world[1].Core.Members = [At(1, 10), At(2, 90) with { RecentlyActive = false }, At(3, 11)];
        Pass(Patience);
        Assert.Equal([new NodeId(3)], world[1].Core.Transfers);
    }

    [Fact]
    public void A_learner_cannot_lead_however_fast_its_disk()
    {
        world[1].Core.Configure(new Configuration(
            Enumerable.Range(1, 3).Select(i => new Member(
                new NodeId((ulong)i), InstanceId.Open, i == 2 ? MemberRole.Learner : MemberRole.Voter, default)), []));
        Stall();
        Reach(90, 11);
        Pass(Patience);
        Assert.Equal([new NodeId(3)], world[1].Core.Transfers);
    }

    [Fact]
    public void While_the_stall_lasts_it_tries_again_whenever_the_write_has_waited_as_long()
    {
        Stall();
        Reach(11, 10);
        world[1].Core.RefuseTransfers = Refusal.TransferPending;
        Pass(3 * Patience);
        Assert.Equal(3, world[1].Core.Transfers.Count);
        Assert.DoesNotContain(world[1].Notices, notice => notice.Kind == NoticeKind.StalledHandOver);
    }

    [Fact]
    public void A_hand_over_that_comes_to_nothing_leaves_time_for_writes_before_the_next()
    {
        Stall();
        Reach(11, 10);
        Pass(Patience);
        Assert.Single(world[1].Core.Transfers);
        Pass((2 * new CoreOptions().ElectionTicks) - 1);
        Assert.Single(world[1].Core.Transfers);
        Pass(1);
        Assert.Equal(2, world[1].Core.Transfers.Count);
        Assert.Equal(2, world[1].Notices.Count(notice => notice.Kind == NoticeKind.StalledHandOver));
    }

    [Fact]
    public void A_write_that_ends_in_time_is_no_stall()
    {
        Stall(Patience * 3 / 4);
        Reach(90, 90);
        Pass(2 * Patience);
        Assert.Empty(world[1].Core.Transfers);
    }

    /// <summary>The disk stands still, and a write waits for it.</summary>
    private void Stall(long ticks = 1000)
    {
        world[1].Disk.Faults.StalledUntilNanoseconds = world.Time.NowNanoseconds + (ticks * LoopWorld.TickNanoseconds);
        world[1].Propose("waits");
        world[1].Step();
    }

    private static MemberProgress At(ulong member, ulong match) =>
        new(new NodeId(member), new LogIndex(match), new LogIndex(match + 1), RecentlyActive: true, "replicate");

    private void Reach(ulong second, ulong third) => world[1].Core.Members = [At(1, 10), At(2, second), At(3, third)];

    private void Pass(int ticks)
    {
        for (int i = 0; i < ticks; i++)
        {
            world.Time.RunUntil(world.Time.NowNanoseconds + LoopWorld.TickNanoseconds);
            world[1].Step(always: world[1].Loop.NextWake <= world.Now);
        }
    }
}
