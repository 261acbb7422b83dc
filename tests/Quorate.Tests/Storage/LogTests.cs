using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage;
using Xunit;

namespace Quorate.Tests.Storage;

/// <summary>The log and the hard state on a disk that does what it is told.</summary>
public sealed class LogTests
{
    [Fact]
    public void A_new_directory_is_empty_and_counts_its_starts()
    {
        var world = new StorageWorld(1);
        world.StartMustSucceed();
        Assert.Equal(1u, world.Storage!.StartCount);
        Assert.False(world.Storage.Instance.IsOpen);
        Assert.Empty(world.Recovered);
        Assert.Equal(1, world.RecoveredCount);
        Assert.Equal(default, world.Storage.HardStateOf(StorageWorld.Group));
        Assert.Equal(LogIndex.Zero, world.Storage.Checkpoints.Latest.Index);
        Assert.True(world.HasRoom);
        InstanceId instance = world.Storage.Instance;
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(2u, world.Storage.StartCount);
        Assert.Equal(instance, world.Storage.Instance);
    }

    [Fact]
    public void What_was_durable_is_there_after_a_power_cut()
    {
        var world = new StorageWorld(2);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        writer.RaiseTerm(3);
        writer.Append(100);
        writer.Append(0);
        writer.Send();
        writer.AppendMany(5, 3000);
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        Assert.Equal(2, world.BatchesBack);
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(7, world.Recovered.Count);
        writer.Check(new(4));
        Assert.Equal(new HardState(new Epoch(2), new NodeId(3)), writer.Hard);
    }

    [Fact]
    public void Everything_queued_during_a_sync_goes_into_the_next()
    {
        var world = new StorageWorld(3);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        int syncs = 0;
        world.Disk.Observer = r => syncs += r.Operation == DiskOperation.Sync ? 1 : 0;
        for (int i = 0; i < 20; i++)
        {
            writer.Append(50);
            writer.Send();
        }

        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        Assert.Equal(2, syncs); // the first alone, the rest together
    }

    [Fact]
    public void An_entry_of_a_newer_term_raises_the_term_in_force()
    {
        var world = new StorageWorld(4);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        writer.RaiseTerm(1);
        writer.RaiseTermSilently();
        writer.Append(10);
        writer.Send();
        world.Time.RunUntilIdle();
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(new HardState(new Epoch(3), NodeId.None), world.Storage!.HardStateOf(StorageWorld.Group));
    }

    [Fact]
    public void Truncated_and_overwritten_entries_are_not_recovered()
    {
        var world = new StorageWorld(5);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        writer.AppendMany(10, 200);
        writer.TruncateAfter(4);
        writer.RaiseTerm(1);
        writer.Append(70);
        writer.Send();
        world.Time.RunUntilIdle();
        world.Kill();
        world.StartMustSucceed();
        Assert.Equal([1, 2, 3, 4, 5], world.Recovered.Select(r => (int)r.Record.Index.Value));
        writer.Check(new(4));
    }

    [Fact]
    public void Entries_are_loaded_back_by_any_bounds()
    {
        var world = new StorageWorld(6);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        for (int i = 0; i < 40; i++)
            writer.AppendMany(5, 1000);
        writer.TruncateAfter(150);
        writer.RaiseTerm(1);
        writer.AppendMany(10, 2500);
        writer.Send();
        world.Time.RunUntilIdle();
        foreach ((ulong from, ulong to, long bytesMax, int expected) in
            new[] { (1UL, 10UL, 1L << 20, 10), (140UL, 160UL, 1L << 20, 21), (100UL, 160UL, 3500L, 3), (155UL, 155UL, 1L, 1), (155UL, 900UL, 1L << 20, 6) })
        {
            world.Loaded.Clear();
            world.Storage!.Log.Load(StorageWorld.Group, new LoadRequest(1, new(from), new(to), bytesMax));
            Assert.Empty(world.Loaded);
            world.Time.RunUntilIdle();
            Assert.Equal(expected, world.Loaded.Count);
            for (int i = 0; i < expected; i++)
            {
                (LoadedEntry entry, byte[] payload) = world.Loaded[i];
                Assert.Equal(from + (ulong)i, entry.Index.Value);
                Assert.Equal(StorageWorld.BytesOf(entry.Index.Value, (ulong)entry.Epoch.Value, payload.Length), payload);
            }
        }

        world.Storage!.Log.Load(StorageWorld.Group, new LoadRequest(9, new(161), new(170), 1000));
        world.Time.RunUntilIdle();
        Assert.Contains("missing 9", world.Said);
    }

    [Fact]
    public void A_load_of_an_entry_on_its_way_waits_for_it()
    {
        var world = new StorageWorld(7);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        writer.Append(10);
        writer.Send();
        world.Storage!.Log.Load(StorageWorld.Group, new LoadRequest(1, new(1), new(1), 1000));
        world.Time.RunUntilIdle();
        Assert.Single(world.Loaded);
    }

    [Fact]
    public void Dropped_segments_are_used_again_and_their_records_stay_dead()
    {
        var world = new StorageWorld(8);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        for (int round = 0; round < 30; round++)
        {
            writer.AppendMany(40, 900);
            writer.Send();
            world.Time.RunUntilIdle();
            SnapshotInfo info = StorageWorld.InfoOf(writer.Last, writer.Term);
            world.LastAsked = info.Index;
            world.Storage!.Checkpoints.Write(StorageWorld.Group, info, new BytesSource([1]));
            world.Time.RunUntilIdle();
            writer.Drop(info.Index);
            world.Time.RunUntilIdle();
        }

        Assert.InRange(world.Image.Paths().Count(p => p.StartsWith("log/", StringComparison.Ordinal)), 2, 6);
        world.PowerCut();
        world.StartMustSucceed();
        writer.Check(new(30));
    }

    [Fact]
    public void A_fresh_member_does_not_wait_for_a_whole_segment()
    {
        StorageOptions options = StorageWorld.Small with { SegmentBytes = 128 << 10, FirstSegmentBytes = 64 << 10 };
        var world = new StorageWorld(11, options);
        world.StartMustSucceed();
        Assert.True(world.Image.UsedBytes < 160_000, $"{world.Image.UsedBytes}");
        Assert.Null(world.HasRoom);
        var writer = new LogWriter(world);
        writer.AppendMany(10, 1000); // an eighth of it and more
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.True(world.HasRoom);
        writer.AppendMany(100, 1000);
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(110, world.Recovered.Count);
    }

    [Fact]
    public void A_log_that_rests_prepares_its_next_segment()
    {
        var world = new StorageWorld(12, StorageWorld.Small with { SegmentBytes = 128 << 10, FirstSegmentBytes = 64 << 10 });
        world.StartMustSucceed();
        for (int rests = 0; rests < 10; rests++)
        {
            Assert.Null(world.HasRoom);
            world.Storage!.Idle();
            world.Time.RunUntilIdle();
        }

        Assert.True(world.HasRoom);
    }

    [Fact]
    public void An_entry_larger_than_the_first_segment_goes_into_the_second()
    {
        var world = new StorageWorld(
            13, StorageWorld.Small with { SegmentBytes = 256 << 10, FirstSegmentBytes = 64 << 10, FlushBytesMax = 112 << 10 });
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        writer.Append(100_000);
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Single(world.Recovered);
    }

    [Theory]
    [InlineData(200_000)] // more than a segment
    [InlineData(30_000)] // more than a flush
    public void An_entry_too_large_for_the_usual_segment_gets_one_of_its_own(int length)
    {
        var world = new StorageWorld(15);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        for (int round = 0; round < 3; round++)
        {
            writer.AppendMany(3, 500);
            writer.Append(length);
            writer.AppendMany(3, 500);
            writer.Send();
            world.Time.RunUntilIdle();
            WriteNumber durable = world.Durable;
            Assert.Equal(writer.LastNumber, durable);
            world.PowerCut();
            world.StartMustSucceed();
            writer.Check(durable);
            Assert.Equal(7 * (round + 1), world.Recovered.Count);
        }

        Assert.Equal(3, world.Recovered.Count(r => r.Payload.Length == length));
        world.Storage!.Log.Load(StorageWorld.Group, new LoadRequest(1, new(4), new(4), 1000));
        world.Time.RunUntilIdle();
        Assert.Equal(StorageWorld.BytesOf(4, 1, length), Assert.Single(world.Loaded).Payload);
    }

    [Fact]
    public void An_entry_too_large_for_the_usual_segment_gets_one_and_not_two()
    {
        var world = new StorageWorld(16);
        world.StartMustSucceed();
        long used = world.Image.UsedBytes;
        var writer = new LogWriter(world);
        writer.Append(200_000);
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        Assert.InRange(world.Image.UsedBytes - used, 200_000, 200_000 + (2 * world.Options.SegmentBytes));
    }

    [Fact]
    public void An_entry_too_large_for_the_disk_does_not_use_it_up()
    {
        var world = new StorageWorld(17);
        world.StartMustSucceed();
        long used = world.Image.UsedBytes;
        world.Image.CapacityBytes = used + (3 * world.Options.SegmentBytes / 2); // one of the usual size fits
        var writer = new LogWriter(world);
        writer.Append(200_000);
        writer.Send();
        for (int rests = 0; rests < 20; rests++)
        {
            world.Time.RunUntilIdle();
            world.Storage!.Idle();
            Assert.Equal((used, false), (world.Image.UsedBytes, world.HasRoom));
        }

        world.Image.CapacityBytes = long.MaxValue;
        world.Storage!.Idle();
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        Assert.True(world.HasRoom);
    }

    [Fact]
    public void A_new_directory_needs_room_for_the_segment_to_come()
    {
        var world = new StorageWorld(14, StorageWorld.Small with { SegmentBytes = 256 << 10, FirstSegmentBytes = 64 << 10 });
        world.Image.CapacityBytes = 200 << 10;
        Assert.False(world.Start());
        Assert.Contains("no space left", world.Refusal!.Message, StringComparison.Ordinal);
        world.Kill();
        world.Image.CapacityBytes = long.MaxValue;
        world.StartMustSucceed();
    }

    [Fact]
    public void A_full_disk_is_told_and_writes_go_on_while_the_segment_lasts()
    {
        var world = new StorageWorld(9);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        world.Image.CapacityBytes = world.Image.UsedBytes + 1000;
        writer.AppendMany(70, 900); // into the second segment, the one to spare
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        Assert.False(world.HasRoom);
        Assert.Null(world.Failure);
        writer.AppendMany(60, 900); // more than fits
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.True(world.Durable < writer.LastNumber);
        world.Image.CapacityBytes = long.MaxValue;
        world.Storage!.Idle();
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        Assert.True(world.HasRoom);
    }

    [Fact]
    public void A_failed_sync_stops_the_log_for_good()
    {
        var world = new StorageWorld(10);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        writer.Append(10);
        writer.Send();
        world.Disk.Faults.SyncsToFail = 1;
        world.Time.RunUntilIdle();
        Assert.Equal("syncing the log: input/output error", world.Failure);
        writer.Append(10);
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.Equal(default, world.Durable);
    }

    [Fact]
    public void Groups_share_a_log_and_do_not_meet()
    {
        var world = new StorageWorld(11);
        world.StartMustSucceed();
        for (uint group = 0; group < 3; group++)
        {
            var batch = new LogBatch { Group = new GroupId(group) };
            batch.Entries.Add(world.EntryOf(1, group + 1, 10));
            batch.Writes.Add(new LogWrite(new(1), LogWriteKind.Append, 0, 1));
            batch.Writes.Add(new LogWrite(new(2), LogWriteKind.HardState, HardState: new(new Epoch(group + 10), new NodeId(group + 1))));
            world.Storage!.Log.Write(batch);
            world.Time.RunUntilIdle();
            if (group < 2)
            {
                world.PowerCut();
                world.StartMustSucceed();
            }
        }

        for (uint group = 0; group < 3; group++)
        {
            Assert.Equal(new HardState(new Epoch(group + 10), new NodeId(group + 1)), world.Storage!.HardStateOf(new GroupId(group)));
            world.Recovered.Clear();
            world.Storage.Recover(new GroupId(group));
            world.Time.RunUntilIdle();
            Assert.Equal(group + 1, (ulong)Assert.Single(world.Recovered).Record.Epoch.Value);
        }
    }

    [Fact]
    public void Slots_may_be_written_out_of_order_with_gaps_and_again()
    {
        var world = new StorageWorld(12);
        world.StartMustSucceed();
        var batch = new LogBatch();
        foreach ((ulong index, ulong epoch) in new (ulong, ulong)[] { (9, 1), (4, 1), (6, 2), (4, 3), (12, 3) })
            batch.Entries.Add(world.EntryOf(index, epoch, 20));
        batch.Writes.Add(new LogWrite(new(1), LogWriteKind.Append, 0, 5));
        world.Storage!.Log.Write(batch);
        world.Time.RunUntilIdle();
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(["9/1", "6/2", "4/3", "12/3"], world.Recovered.Select(r => $"{r.Record.Index}/{r.Record.Epoch}"));
    }
}
