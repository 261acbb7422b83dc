using Quorate.Consensus;
using Quorate.Replica;
using Xunit;

namespace Quorate.Tests.Replica;

/// <summary>The loop on a core that accepts slots out of order, with gaps, and on a wire that loses and repeats.</summary>
public sealed class ReplicaLoopTests
{
    [Fact]
    public void Applies_in_order_what_was_accepted_out_of_order()
    {
        var world = new LoopWorld(1);
        world.Lead(1, term: 1);
        List<ulong> numbers = Propose(world[1], 50);
        world.Run();
        Assert.Equal(Lines(50), world[1].Machine.Lines);
        Assert.Equal(numbers.Select((n, i) => (n, $"{i + 1}")), world[1].Answers.Select(a => (a.Key, a.Value)));
    }

    [Fact]
    public void A_restart_finds_slots_written_in_any_order()
    {
        var world = new LoopWorld(1);
        world.Lead(1, term: 1);
        Propose(world[1], 50);
        world.Run();
        world.Restart(1);
        Assert.Equal(Lines(50), world[1].Machine.Lines);
        Assert.Empty(world[1].Answers);
    }

    [Fact]
    public void An_acknowledgement_leaves_once_its_write_is_durable()
    {
        var world = new LoopWorld(2);
        world.Lead(1, term: 1);
        world[1].Propose("a");
        world.StepLoops();
        Assert.Single(world.Wire); // accept leaves before the leader's own write is durable
        world.Deliver(world.Wire[0]);
        world.Wire.Clear();
        world.StepLoops();
        Assert.Empty(world.Wire);
        Assert.Equal(1, world[2].Loop.MessagesHeld);
        world.Run();
        Assert.Equal(0, world[2].Loop.MessagesHeld);
        Assert.Equal("1", world[1].Answers[1]);
    }

    [Fact]
    public void A_frame_that_is_no_message_ends_the_link_to_its_sender()
    {
        var world = new LoopWorld(3);
        world.Lead(1, term: 1);
        world[1].Propose("a");
        world.StepLoops();
        TestFrame sound = world.Wire.First(frame => frame.To == world[2].Id);
        world.Deliver(sound with { Bytes = sound.Bytes[..3] });
        world.StepLoops();
        Assert.Equal([world[1].Id], world[2].Dropped);
        Assert.Contains(world[2].Notices, notice => notice.Kind == NoticeKind.MalformedFrame);
        Assert.Empty(world[3].Dropped);
    }

    [Fact]
    public void A_repeated_forward_is_applied_once()
    {
        var world = new LoopWorld(3) { Repeats = true };
        world.Lead(1, term: 1);
        Propose(world[2], 20);
        Propose(world[3], 20);
        world.Run();
        Assert.Equal(40, world[1].Machine.Lines.Count);
        Assert.Equal(world[1].Machine.Lines, world[2].Machine.Lines);
        Assert.Equal(20, world[2].Answers.Count);
        Assert.Equal(20, world[3].Answers.Count);
    }

    [Fact]
    public void A_forward_of_a_former_epoch_is_dropped_and_its_caller_told_that_nobody_knows()
    {
        var world = new LoopWorld(2);
        world.Lead(1, term: 1);
        world[2].Propose("lost");
        world.Holds = true;
        world.StepLoops();
        world.Lead(1, term: 2);
        world.Holds = false;
        world.Run();
        Assert.Empty(world[2].Failures);

        world[1].Core.ProposeNoOp();
        world.Pass(1);
        Assert.Equal(new Failure(FailureReason.OutcomeUnknown), world[2].Failures[1]);
        Assert.Empty(world[1].Machine.Lines);
    }

    [Fact]
    public void Callers_hear_what_a_new_leader_proposes_again_until_its_own_entry_says_that_this_was_all()
    {
        var world = new LoopWorld(3);
        world.Lead(1, term: 1);
        world[1].Core.Acknowledgements = int.MaxValue; // accepted, not decided
        world[2].Propose("a");
        world.Run();
        world[3].Propose("b");
        world.Run();
        world.Holds = true;
        world[3].Propose("lost");
        world.StepLoops();
        world.Lead(1, term: 2);
        world.Holds = false;
        world[1].Core.Acknowledgements = null;
        world[1].Core.ProposeAgain();
        world.Pass(1);
        Assert.Equal(["a", "b"], world[1].Machine.Lines);
        Assert.Single(world[2].Answers);
        Assert.Single(world[3].Answers);
        Assert.Empty(world[3].Failures);

        world[1].Core.ProposeNoOp();
        world.Pass(1);
        Assert.Equal(new Failure(FailureReason.OutcomeUnknown), Assert.Single(world[3].Failures).Value);
    }

    [Fact]
    public void Too_many_requests_uses_the_sequence_up()
    {
        var world = new LoopWorld(2);
        world.Lead(1, term: 1);
        world[1].Core.RefuseProposals = Refusal.TooManyRequests;
        world[2].Propose("refused");
        world.Holds = true;
        world.StepLoops();
        TestFrame forward = Assert.Single(world.Wire);
        world.Holds = false;
        world.Run();
        Assert.Equal(Failure.Refused(Refusal.TooManyRequests), world[2].Failures[1]);

        world[1].Core.RefuseProposals = Refusal.None;
        world.Deliver(forward);
        world.Run();
        Assert.Empty(world[1].Machine.Lines);
    }

    [Fact]
    public void A_forward_refused_for_good_is_sent_anew()
    {
        var world = new LoopWorld(2);
        world.Lead(1, term: 1);
        world[1].Core.RefuseProposals = Refusal.TransferPending;
        world[2].Propose("late");
        world.Run();
        world[1].Core.RefuseProposals = Refusal.None;
        world.Pass(world.Options.Core.HeartbeatTicks);
        Assert.Equal("1", world[2].Answers[1]);
        Assert.Equal(["late"], world[1].Machine.Lines);
    }

    [Fact]
    public void While_leadership_is_handed_over_one_batch_a_heartbeat_asks_for_all()
    {
        const int heartbeats = 5;
        const int batches = 4;
        var world = new LoopWorld(2, new ReplicaOptions { ForwardCommandsMax = 1 });
        world.Lead(1, term: 1);
        world[1].Core.RefuseProposals = Refusal.TransferPending;
        for (int i = 0; i < batches; i++)
            world[2].Propose($"{i}");
        world.Run();
        Assert.Equal(batches, world[1].Core.BatchesProposed);

        for (int tick = 0; tick < heartbeats * world.Options.Core.HeartbeatTicks; tick++)
            world.Pass(1);
        Assert.Equal(batches + heartbeats, world[1].Core.BatchesProposed);

        world[1].Core.RefuseProposals = Refusal.None;
        world.Pass(world.Options.Core.HeartbeatTicks);
        Assert.Equal(batches, world[2].Answers.Count); // once the first is decided, all the others follow
    }

    [Fact]
    public void No_more_is_forwarded_than_the_window_holds_until_answers_come()
    {
        LoopWorld world = WithWindow(batches: 3);
        world.Holds = true;
        for (int i = 0; i < 10; i++)
            world[2].Propose($"{i}");
        world.StepLoops();
        Assert.Equal(3, world.Wire.Count);

        world.Holds = false;
        Tick before = world.Now;
        world.Run();
        Assert.InRange(world.Now - before, 0, world.Options.Core.HeartbeatTicks); // each answer makes room, and nothing waits for the time
        Assert.Equal(10, world[2].Answers.Count);
    }

    [Fact]
    public void A_window_whose_batches_were_lost_opens_again()
    {
        LoopWorld world = WithWindow(batches: 3);
        world.Holds = true;
        for (int i = 0; i < 10; i++)
            world[2].Propose($"{i}");
        world.StepLoops();
        world.Wire.Clear();
        world.Holds = false;
        world.Run();
        Assert.Empty(world[2].Answers);
        world.Pass(world.Options.Core.ElectionTicks);
        Assert.Equal(7, world[2].Answers.Count);
        Assert.Equal(3, world[2].Failures.Count(failed => failed.Value.Reason == FailureReason.OutcomeUnknown));
    }

    private static LoopWorld WithWindow(int batches)
    {
        int commandBytes = Origin.SizeBytes + 1;
        var world = new LoopWorld(2, new ReplicaOptions { ForwardCommandsMax = 1, ForwardWindowBytes = batches * commandBytes });
        world.Lead(1, term: 1);
        return world;
    }

    [Fact]
    public void The_next_leader_is_given_at_once_what_the_former_one_refused()
    {
        var world = new LoopWorld(3);
        world.Lead(1, term: 1);
        world[1].Core.RefuseProposals = Refusal.TransferPending;
        world[2].Propose("moves on");
        world.Run();
        world.Lead(3, term: 2);
        Tick before = world.Now;
        world.Pass(0);
        Assert.Equal(before, world.Now);
        Assert.Equal(["moves on"], world[3].Machine.Lines);
    }

    [Fact]
    public void A_write_that_found_no_leader_times_out_without_effect()
    {
        var world = new LoopWorld(2);
        world[2].Propose("waits");
        world.Run();
        Assert.Empty(world.Wire);
        world.Pass(world.Options.RequestTicks);
        Assert.Equal(new Failure(FailureReason.TimedOut), world[2].Failures[1]);
        world.Lead(1, term: 1);
        world.Pass(1);
        Assert.Empty(world[1].Machine.Lines);
    }

    [Fact]
    public void A_full_disk_refuses_writes_at_once_until_there_is_room()
    {
        var world = new LoopWorld(2);
        world.Lead(1, term: 1);
        FillDisk(world, world[1]);
        Assert.Empty(world[1].Failures);
        Tick before = world.Now;
        ulong own = world[1].Propose(new string('x', 600_000));
        ulong behind = world[1].Propose(new string('y', 600_000)); // does not fit into one batch with it
        ulong forwarded = world[2].Propose("z");
        world.Run();
        Assert.Equal(before, world.Now);
        Assert.Equal(Failure.Refused(Refusal.DiskFull), world[1].Failures[own]);
        Assert.Equal(Failure.Refused(Refusal.DiskFull), world[1].Failures[behind]);
        Assert.Equal(Failure.Refused(Refusal.DiskFull), world[2].Failures[forwarded]);

        world[1].Image.CapacityBytes = long.MaxValue;
        world[1].StorageRests();
        world.Run();
        Assert.Equal(
            [NoticeKind.DiskFull, NoticeKind.DiskHasRoom],
            world[1].Notices.Select(n => n.Kind).Where(k => k is NoticeKind.DiskFull or NoticeKind.DiskHasRoom));
        ulong after = world[2].Propose("after");
        world.Run();
        Assert.True(world[2].Answers.ContainsKey(after));
    }

    [Fact]
    public void A_follower_with_a_full_disk_refuses_what_it_could_not_answer()
    {
        var world = new LoopWorld(2);
        world.Lead(1, term: 1);
        FillDisk(world, world[2]);
        Tick before = world.Now;
        ulong own = world[2].Propose("own");
        world.Run();
        Assert.Equal(before, world.Now);
        Assert.Equal(Failure.Refused(Refusal.DiskFull), world[2].Failures[own]);
        Assert.DoesNotContain("own", world[1].Machine.Lines);

        world.Lead(0, term: 2); // the others' disks may be full too, and then nobody will ever lead
        world.Pass(1);
        ulong leaderless = world[2].Propose("leaderless");
        ulong elsewhere = world[1].Propose("elsewhere");
        world.Run();
        Assert.Equal(Failure.Refused(Refusal.DiskFull), world[2].Failures[leaderless]);
        Assert.False(world[1].Failures.ContainsKey(elsewhere));
    }

    [Fact]
    public void A_read_waits_until_its_index_is_applied_here()
    {
        var world = new LoopWorld(2);
        world.Lead(1, term: 1);
        world[2].ApplyHolds = true;
        world[1].Propose("a");
        world.Run();
        world[2].Read(1);
        world[2].Read(2);
        world.Run();
        Assert.Empty(world[2].ReadsReady);
        world[2].ApplyHolds = false;
        world.Run();
        Assert.Equal([1, 2], world[2].ReadsReady);
    }

    [Fact]
    public void A_read_whose_question_was_lost_is_asked_again()
    {
        var world = new LoopWorld(2);
        world.Lead(1, term: 1);
        world[2].Read(1);
        world.Holds = true;
        world.StepLoops();
        world.Wire.Clear();
        world.Holds = false;
        world.Pass(world.Options.ReadRetryTicks);
        Assert.Equal([1], world[2].ReadsReady);
    }

    [Fact]
    public void Every_reference_is_given_back()
    {
        var world = new LoopWorld(3) { Repeats = true };
        world.Lead(1, term: 1);
        for (int round = 0; round < 5; round++)
        {
            Propose(world[1], 30);
            Propose(world[2], 30);
            world[3].Propose(new string('x', 12_000));
            world.Run();
        }

        for (int i = 1; i <= 3; i++)
        {
            Assert.Equal(305, world[i].Machine.Lines.Count);
            world[i].Core.Forget();
            Assert.Equal(1, world[i].Pool.Outstanding); // the block that callers fill
        }
    }

    [Fact]
    public void A_checkpoint_that_is_slow_to_open_does_not_wake_the_loop_again_and_again()
    {
        var world = new LoopWorld(2, new ReplicaOptions { CheckpointBytesMin = 1, CheckpointEntriesMin = 1 });
        world.Lead(1, term: 1);
        Propose(world[1], 100);
        world.Run();

        // Simulator, seed 10054: with the disk stalled, the time to send again went by before there was anything to send.
        long minute = 60_000_000_000;
        world[1].Disk.Faults.StalledUntilNanoseconds = world.Time.NowNanoseconds + minute;
        world[1].Core.Output.Snapshots.Add(new SnapshotRequest(new NodeId(2), new LogIndex(1)));
        for (int tick = 0; tick <= world.Options.SnapshotResendTicks; tick++)
        {
            world[1].Step(always: true);
            Assert.True(world[1].Loop.NextWake > world.Now, $"{world[1].Loop.NextWake} at {world.Now}");
            world.Time.RunUntil(world.Time.NowNanoseconds + LoopWorld.TickNanoseconds);
        }
    }

    [Fact]
    public void A_snapshot_brings_a_member_to_where_the_log_no_longer_reaches()
    {
        var options = new ReplicaOptions { CheckpointBytesMin = 1, CheckpointEntriesMin = 1, SnapshotPieceBytes = 1000 };
        var world = new LoopWorld(2, options);
        world.Lead(1, term: 1);
        world[1].Core.Acknowledgements = 0;
        SnapshotFor(world, 400);
        Assert.Equal(Lines(400), world[1].Machine.Lines);
        Assert.Contains(world[1].Notices, n => n.Kind == NoticeKind.LogDropped);
        world.Pass(1);
        Assert.Equal(Lines(400), world[2].Machine.Lines);
        Assert.Equal([(new NodeId(2), new LogIndex(400), true)], world[1].Core.SnapshotsSent);
        Assert.Equal(new LogIndex(400), world[2].Core.AppliedUpTo);

        world[2].Propose("after it");
        world.Run();
        Assert.Equal("401", world[2].Answers[1]);
        world.Restart(2);
        Assert.Equal(400, world[2].Machine.Lines.Count); // what follows it is decided again by who leads
    }

    [Fact]
    public void A_snapshot_goes_on_though_the_answer_to_a_piece_was_lost()
    {
        var options = new ReplicaOptions { CheckpointBytesMin = 1, CheckpointEntriesMin = 1, SnapshotPieceBytes = 500, SnapshotPiecesMax = 1 };
        var world = new LoopWorld(2, options);
        world.Lead(1, term: 1);
        world[1].Core.Acknowledgements = 0;
        SnapshotFor(world, 400);
        world.Holds = true;
        const byte snapshotAck = 19;
        int answers = 0;
        for (int tick = 0; tick < 3 * options.SnapshotResendTicks; tick++)
        {
            world.Pass(1);
            foreach (TestFrame frame in world.Wire.ToArray())
            {
                world.Wire.Remove(frame);
                if (frame.Bytes[0] != snapshotAck || ++answers != 3)
                    world.Deliver(frame);
            }
        }

        Assert.True(answers > 3);
        Assert.Equal(Lines(400), world[2].Machine.Lines);
    }

    [Fact]
    public void A_caller_whose_entry_a_second_snapshot_covers_is_told_that_nobody_knows()
    {
        var options = new ReplicaOptions { CheckpointBytesMin = 1, CheckpointEntriesMin = 1, SnapshotPieceBytes = 1000 };
        var world = new LoopWorld(2, options);
        world.Lead(1, term: 1);
        world[1].Core.Acknowledgements = 0;
        SnapshotFor(world, 400);
        world[2].ApplyHolds = true;
        world.Pass(1); // it is installed, and its restore begins
        ulong mine = world[2].Propose("mine");
        world.Run(); // decided, and waits for the restore
        Assert.Empty(world[2].Failures);
        SnapshotFor(world, 100);
        world.Pass(1);
        Assert.Equal(new Failure(FailureReason.OutcomeUnknown), world[2].Failures[mine]);

        world[2].ApplyHolds = false;
        world.Pass(1);
        Assert.Empty(world[2].Answers);
        Assert.Equal(501, world[2].Machine.Lines.Count);
    }

    /// <summary>The first member decides so many entries by itself, and sends the second one its state.</summary>
    private static void SnapshotFor(LoopWorld world, int entries)
    {
        world.Holds = true;
        Propose(world[1], entries);
        world.Run();
        world.Wire.Clear();
        world.Holds = false;
        world[1].Core.Output.Snapshots.Add(new SnapshotRequest(new NodeId(2), new LogIndex(1)));
    }

    private static List<ulong> Propose(LoopMember member, int count) =>
        [.. Enumerable.Range(0, count).Select(i => member.Propose($"line {i}"))];

    /// <summary>Writes into the last segment that the disk has room for.</summary>
    private static void FillDisk(LoopWorld world, LoopMember member)
    {
        member.Image.CapacityBytes = member.Image.UsedBytes + 1000;
        for (int i = 0; i < 70; i++)
            member.Propose(new string('f', 900));
        world.Run();
    }

    private static IEnumerable<string> Lines(int count) => Enumerable.Range(0, count).Select(i => $"line {i}");
}
