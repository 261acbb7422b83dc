using Quorate.Consensus;
using Quorate.Replica;
using Xunit;

namespace Quorate.Tests.Replica;

/// <summary>How far the log may be dropped while a slow member wants all of it.</summary>
public sealed class LogDropTests
{
    private const int LineBytes = 10_000;
    private const int Rounds = 60;
    private const int LinesARound = 10;

    private static readonly ReplicaOptions Options = new()
    {
        CheckpointBytesMin = 256 << 10,
        CheckpointEntriesMin = 1,
        HoldBackBytesMax = 2 << 20,
    };

    [Fact]
    public void What_a_slow_member_holds_back_is_bounded()
    {
        LoopWorld world = Filled(linesMax: 1);
        Assert.InRange(HeldBack(world), Options.HoldBackBytesMax / 2, Options.HoldBackBytesMax);
        Assert.Contains(world[1].Notices, notice => notice.Kind == NoticeKind.LogDropped);
    }

    [Fact]
    public void The_bound_is_no_less_than_one_checkpoint()
    {
        LoopWorld world = Filled(linesMax: 350);
        long checkpoint = world[1].Notices.Last(notice => notice.Kind == NoticeKind.CheckpointPublished).Bytes;
        Assert.True(checkpoint > 3 << 20);
        Assert.InRange(HeldBack(world), checkpoint - (1 << 20), checkpoint);
    }

    [Fact]
    public void After_a_restart_the_next_checkpoint_waits_for_as_much_log_as_the_last_one_is_large()
    {
        LoopWorld world = Filled(linesMax: int.MaxValue);
        world.Restart(1);
        world[1].Core.KeepsLog = true;
        world.Lead(1, term: 2);
        LogIndex before = world[1].Loop.Status.Checkpoint;
        for (int round = 0; round < 10; round++)
            Round(world);
        Assert.Equal(before, world[1].Loop.Status.Checkpoint);
    }

    private static LoopWorld Filled(int linesMax)
    {
        var world = new LoopWorld(1, Options);
        world[1].Core.KeepsLog = true;
        world[1].Machine.LinesMax = linesMax;
        world.Lead(1, term: 1);
        for (int round = 0; round < Rounds; round++)
            Round(world);
        return world;
    }

    private static void Round(LoopWorld world)
    {
        for (int i = 0; i < LinesARound; i++)
            world[1].Propose(new string('x', LineBytes));
        world.Run();
    }

    /// <summary>Bytes of commands that the log has kept behind the newest checkpoint.</summary>
    private static long HeldBack(LoopWorld world) =>
        (world[1].Loop.Status.Checkpoint - world[1].Core.DropAtLeast) * LineBytes;
}
