using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage;
using Xunit;

namespace Quorate.Tests.Storage;

/// <summary>Checkpoints and received snapshots.</summary>
public sealed class CheckpointTests
{
    [Fact]
    public void A_checkpoint_is_published_and_read_back_at_the_next_start()
    {
        var world = new StorageWorld(1);
        world.StartMustSucceed();
        SnapshotInfo info = Write(world, 3, 200_000);
        Assert.Contains("published 3 200000", world.Said);
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(info, world.Storage!.Checkpoints.Latest);
        Assert.Equal(StorageWorld.StateOf(info, 200_000), Restore(world));
    }

    [Fact]
    public void An_empty_state_makes_a_checkpoint()
    {
        var world = new StorageWorld(2);
        world.StartMustSucceed();
        Write(world, 1, 0);
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Empty(Restore(world));
    }

    [Fact]
    public void A_reader_keeps_its_checkpoint_whole_while_a_newer_one_is_published()
    {
        var world = new StorageWorld(3);
        world.StartMustSucceed();
        SnapshotInfo first = Write(world, 2, 150_000);
        ICheckpoints checkpoints = world.Storage!.Checkpoints;
        checkpoints.Open(StorageWorld.Group, 8);
        world.Time.RunUntilIdle();
        Assert.Contains("opened 8 2 150000", world.Said);
        Write(world, 5, 1000);
        int files = Files(world);
        do
        {
            checkpoints.Read(StorageWorld.Group, 8, 10_000);
            world.Time.RunUntilIdle();
        }
        while (world.Pieces[^1].Length > 0);

        Assert.All(world.Pieces, p => Assert.InRange(p.Length, 0, 10_000));
        Assert.Equal(StorageWorld.StateOf(first, 150_000), world.Pieces.SelectMany(p => p).ToArray());
        checkpoints.Close(StorageWorld.Group, 8);
        world.Time.RunUntilIdle();
        Assert.Equal((2, 1), (files, Files(world)));
    }

    [Fact]
    public void A_large_checkpoint_that_nobody_needs_is_given_back_in_pieces_each_durable_before_the_next()
    {
        var world = new StorageWorld(11);
        world.StartMustSucceed();
        Write(world, 2, 50 << 20);
        List<long> lengths = [];
        int syncs = 0;
        world.Disk.Observer = request =>
        {
            bool large = request.Operation is DiskOperation.SetLength or DiskOperation.Delete || request.Content is not null;
            Assert.True(request.Background || !large || request.Path.EndsWith("manifest.new", StringComparison.Ordinal), $"{request.Operation} {request.Path} on the log's thread");
            if (request.Operation == DiskOperation.SetLength)
                lengths.Add(request.Offset);
            else if (lengths.Count > 0 && request.Operation == DiskOperation.Sync)
                syncs++;
        };
        Write(world, 3, 1000);
        Assert.Equal(lengths.OrderDescending(), lengths);
        Assert.InRange(lengths[^1], 1, 16 << 20);
        Assert.Equal(lengths.Count, syncs);
        Assert.Equal(1, Files(world));
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(1000, Restore(world).Length);
    }

    /// <summary>Raft, seed 181: the file system lost the new manifest's name before it was renamed.</summary>
    [Fact]
    public void A_manifest_that_is_gone_when_it_is_to_be_published_is_named()
    {
        var world = new StorageWorld(12);
        world.StartMustSucceed();
        world.Disk.Observer = request =>
        {
            const string manifest = "snap/00000000.manifest.new";
            if (request.Operation == DiskOperation.SyncDirectory && world.Image.Paths().Contains(manifest))
                world.Image.LoseEntry(manifest);
        };
        Write(world, 3, 1000);
        Assert.Equal("publishing a checkpoint: naming snap/00000000.manifest.new snap/00000000.manifest: not found", world.Failure);
    }

    [Fact]
    public void An_install_does_not_wait_until_the_large_checkpoint_before_it_is_gone()
    {
        var world = new StorageWorld(12);
        world.StartMustSucceed();
        Write(world, 2, 80 << 20);
        var writer = new LogWriter(world);
        SnapshotInfo info = Receive(world, 50, 1, 1000);
        writer.Install(info);
        writer.AppendMany(2, 10);
        writer.Send();
        WriteNumber? durable = null;
        world.Disk.Observer = request =>
        {
            if (request.Operation == DiskOperation.Delete && request.Path.EndsWith(".checkpoint", StringComparison.Ordinal))
                durable = world.Durable;
        };
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, durable);
        Assert.Equal(1, Files(world));
    }

    [Fact]
    public void A_large_file_that_is_not_there_is_removed_already()
    {
        var world = new StorageWorld(13);
        world.StartMustSucceed();
        Write(world, 2, 20 << 20);
        world.Image.LoseEntry(world.Image.Paths().Single(p => p.EndsWith(".checkpoint", StringComparison.Ordinal)));
        Write(world, 3, 1000);
        Assert.Null(world.Failure);
        Assert.Equal(1, Files(world));
    }

    /// <summary>Simulation seed 6, too: while no bytes were there a block of none was to be written, again and again.</summary>
    [Fact]
    public void A_snapshot_counts_only_once_installed()
    {
        var world = new StorageWorld(4);
        world.StartMustSucceed();
        SnapshotInfo info = Receive(world, 50, 1, 100_000);
        Assert.Contains("received 50", world.Said);
        Assert.Equal(["taken 33333", "taken 100000"], world.Said.Where(s => s.StartsWith("taken", StringComparison.Ordinal)));
        Assert.Equal(LogIndex.Zero, world.Storage!.Checkpoints.Latest.Index);
        var writer = new LogWriter(world);
        writer.AppendMany(10, 10);
        writer.Install(info);
        writer.AppendMany(2, 10);
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(info, world.Storage.Checkpoints.Latest);
        Assert.Equal([51, 52], world.Recovered.Select(r => (int)r.Record.Index.Value));
        Assert.Equal(StorageWorld.StateOf(info, 100_000), Restore(world));
    }

    [Fact]
    public void A_log_that_holds_the_snapshots_entry_keeps_what_follows_it()
    {
        var world = new StorageWorld(5);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        writer.AppendMany(10, 10);
        writer.Send();
        SnapshotInfo info = Receive(world, 6, 1, 1000);
        writer.Install(info);
        writer.Send();
        world.Time.RunUntilIdle();
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(10ul, world.Recovered[^1].Record.Index.Value);
    }

    [Fact]
    public void Accepted_slots_above_a_snapshot_stay_where_the_engine_is_paxos()
    {
        var world = new StorageWorld(6, StorageWorld.Small with { InstalledLog = InstalledLogRule.KeepAbove });
        world.StartMustSucceed();
        var batch = new LogBatch();
        foreach (ulong slot in new ulong[] { 3, 9, 60, 5, 52 })
            batch.Entries.Add(world.EntryOf(slot, 4, 10));
        batch.Writes.Add(new LogWrite(new(1), LogWriteKind.Append, 0, 5));
        world.Storage!.Log.Write(batch);
        SnapshotInfo info = Receive(world, 50, 1, 1000);
        var second = new LogBatch();
        second.Entries.Add(world.EntryOf(40, 5, 10)); // after the snapshot: stands, whatever its slot
        second.Writes.Add(new LogWrite(new(2), LogWriteKind.Install, Snapshot: info));
        second.Writes.Add(new LogWrite(new(3), LogWriteKind.Append, 0, 1));
        world.Storage.Log.Write(second);
        world.Time.RunUntilIdle();
        Write(world, 51, 10); // an own checkpoint after it does not bring the replaced slots back
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal([60, 52, 40], world.Recovered.Select(r => (int)r.Record.Index.Value));
    }

    [Fact]
    public void What_an_installed_snapshot_replaced_stays_replaced_after_an_own_checkpoint()
    {
        var world = new StorageWorld(7);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        writer.AppendMany(10, 10);
        writer.Send();
        writer.Install(Receive(world, 50, 2, 1000));
        writer.RaiseTerm(1);
        writer.AppendMany(5, 10);
        writer.Send();
        world.Time.RunUntilIdle();
        Write(world, 53, 10);
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal([51, 52, 53, 54, 55], world.Recovered.Select(r => (int)r.Record.Index.Value));
    }

    [Fact]
    public void A_full_disk_gives_a_checkpoint_and_a_snapshot_up_and_removes_them()
    {
        var world = new StorageWorld(8);
        world.StartMustSucceed();
        Write(world, 1, 1000);
        long used = world.Image.UsedBytes;
        world.Image.CapacityBytes = used + 100_000;
        var source = new BytesSource(new byte[300_000]);
        world.Storage!.Checkpoints.Write(StorageWorld.Group, StorageWorld.InfoOf(2, 1), source);
        world.Time.RunUntilIdle();
        Assert.Contains(world.Said, s => s.StartsWith("given up 2: writing snap/", StringComparison.Ordinal) && s.EndsWith("no space left", StringComparison.Ordinal));
        Assert.True(source.IsDisposed);
        Receive(world, 9, 1, 300_000);
        Assert.Contains(world.Said, s => s.StartsWith("receive failed 9: ", StringComparison.Ordinal));
        Assert.Null(world.Failure);
        Assert.Equal(used, world.Image.UsedBytes);
        Assert.Equal(1ul, world.Storage.Checkpoints.Latest.Index.Value);
    }

    /// <summary>Else a member whose log has filled the disk takes no entries, makes no checkpoint of its own, and stays full for ever.</summary>
    [Theory]
    [InlineData(65)] // an entry of the log
    [InlineData(200)] // beyond its end: all of the log is replaced
    public void An_installed_snapshot_gives_back_the_log_before_it(ulong index)
    {
        var world = new StorageWorld(11);
        world.StartMustSucceed();
        SnapshotInfo info = Receive(world, index, 1, 1000);
        var writer = new LogWriter(world);
        world.Image.CapacityBytes = world.Image.UsedBytes + 10_000;
        writer.AppendMany(70, 900); // into the second segment, the last that there is room for
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.False(world.HasRoom);
        writer.Install(info);
        writer.Send();
        world.Time.RunUntilIdle();
        Assert.True(world.HasRoom);
        Assert.DoesNotContain("log/0000000000000001.log", world.Image.Paths());
        WriteNumber durable = world.Durable;
        Assert.Equal(writer.LastNumber, durable);
        world.PowerCut();
        world.StartMustSucceed();
        writer.Check(durable);
    }

    /// <summary>The start before was cut short between the install and that.</summary>
    [Fact]
    public void A_start_gives_back_the_log_that_a_snapshot_replaced()
    {
        var world = new StorageWorld(12);
        world.StartMustSucceed();
        SnapshotInfo info = Receive(world, 200, 1, 1000);
        var writer = new LogWriter(world);
        writer.AppendMany(70, 900);
        writer.Install(info);
        writer.Send();
        while (world.Durable < writer.LastNumber)
            Assert.True(world.Time.Step());
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Contains("log/0000000000000001.log", world.Image.Paths());
        world.Storage!.Idle();
        world.Time.RunUntilIdle();
        Assert.DoesNotContain("log/0000000000000001.log", world.Image.Paths());
        world.PowerCut();
        world.StartMustSucceed();
    }

    /// <summary>Raft, seed 2294: a full disk is no reason to stop.</summary>
    [Fact]
    public void An_install_without_space_for_its_manifest_waits_for_it()
    {
        var world = new StorageWorld(14);
        world.StartMustSucceed();
        SnapshotInfo info = Receive(world, 200, 1, 1000);
        world.Image.CapacityBytes = world.Image.UsedBytes;
        var writer = new LogWriter(world);
        writer.Install(info);
        writer.Send();
        world.Time.RunUntilIdle();
        world.Storage!.Idle();
        world.Time.RunUntilIdle();
        Assert.Equal((default(WriteNumber), null), (world.Durable, world.Failure));
        world.Image.CapacityBytes = long.MaxValue;
        world.Storage.Idle();
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(info, world.Storage.Checkpoints.Latest);
    }

    [Fact]
    public void A_checkpoint_without_space_for_its_manifest_is_given_up()
    {
        var world = new StorageWorld(15);
        world.StartMustSucceed();
        world.Disk.Observer = request =>
        {
            if (request.Operation == DiskOperation.Create && request.Path.EndsWith("manifest.new", StringComparison.Ordinal))
                world.Image.CapacityBytes = world.Image.UsedBytes;
        };
        Write(world, 3, 1000);
        Assert.Contains("given up 3: writing snap/00000000.manifest.new: no space left", world.Said);
        Assert.Null(world.Failure);
        world.Image.CapacityBytes = long.MaxValue;
        Assert.Equal(0, Files(world));
    }

    /// <summary>What is accepted above a snapshot counts (rule 11), wherever it lies.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_slot_accepted_above_an_installed_snapshot_keeps_its_segment(bool accepted)
    {
        var world = new StorageWorld(13, StorageWorld.Small with { InstalledLog = InstalledLogRule.KeepAbove });
        world.StartMustSucceed();
        SnapshotInfo info = Receive(world, 200, 1, 1000);
        var batch = new LogBatch();
        batch.Entries.Add(world.EntryOf(accepted ? 300ul : 1ul, 4, 900));
        for (ulong slot = 2; slot <= 150; slot++)
            batch.Entries.Add(world.EntryOf(slot, 4, 900));
        batch.Writes.Add(new LogWrite(new(1), LogWriteKind.Append, 0, batch.Entries.Count));
        batch.Writes.Add(new LogWrite(new(2), LogWriteKind.Install, Snapshot: info));
        world.Storage!.Log.Write(batch);
        world.Time.RunUntilIdle();
        world.Storage.Idle();
        world.Time.RunUntilIdle();
        Assert.Equal(accepted, world.Image.Paths().Contains("log/0000000000000001.log"));
        world.PowerCut();
        world.StartMustSucceed();
        Assert.Equal(accepted ? [300] : [], world.Recovered.Select(r => (int)r.Record.Index.Value));
    }

    [Fact]
    public void A_snapshot_that_is_too_short_or_given_up_is_removed()
    {
        var world = new StorageWorld(9);
        world.StartMustSucceed();
        ICheckpoints checkpoints = world.Storage!.Checkpoints;
        checkpoints.BeginReceive(StorageWorld.Group, StorageWorld.InfoOf(9, 1), 1000);
        checkpoints.Receive(StorageWorld.Group, new byte[999]);
        checkpoints.EndReceive(StorageWorld.Group);
        world.Time.RunUntilIdle();
        Assert.Contains("receive failed 9: 999 of 1000 bytes came", world.Said);
        checkpoints.BeginReceive(StorageWorld.Group, StorageWorld.InfoOf(10, 1), 1000);
        checkpoints.Receive(StorageWorld.Group, new byte[999]);
        world.Time.RunUntilIdle();
        checkpoints.AbandonReceive(StorageWorld.Group);
        world.Time.RunUntilIdle();
        Receive(world, 11, 1, 500);
        checkpoints.AbandonReceive(StorageWorld.Group);
        world.Time.RunUntilIdle();
        Assert.Equal(0, Files(world));
    }

    [Fact]
    public void A_damaged_checkpoint_stops_the_member_and_is_named()
    {
        var world = new StorageWorld(10);
        world.StartMustSucceed();
        Write(world, 2, 150_000);
        world.Kill();
        world.Image.Rot(world.Image.Paths().Single(p => p.EndsWith(".checkpoint", StringComparison.Ordinal)), 200);
        world.StartMustSucceed();
        world.Storage!.Restore(StorageWorld.Group, new BytesSink());
        world.Time.RunUntilIdle();
        Assert.Equal(StorageRefusal.Damaged, world.Refusal!.Kind);
        Assert.Equal(
            "data directory: checkpoint snap/00000000-0000000000000001.checkpoint is damaged at offset 65536; replace this member", world.Refusal.Message);
        Assert.Null(world.Failure);
    }

    private static int Files(StorageWorld world) =>
        world.Image.Paths().Count(p => p.EndsWith(".checkpoint", StringComparison.Ordinal));

    private static SnapshotInfo Write(StorageWorld world, ulong index, int length)
    {
        SnapshotInfo info = StorageWorld.InfoOf(index, 1);
        world.Storage!.Checkpoints.Write(StorageWorld.Group, info, new BytesSource(StorageWorld.StateOf(info, length)));
        world.Time.RunUntilIdle();
        return info;
    }

    private static SnapshotInfo Receive(StorageWorld world, ulong index, ulong epoch, int length)
    {
        SnapshotInfo info = StorageWorld.InfoOf(index, epoch);
        byte[] state = StorageWorld.StateOf(info, length);
        ICheckpoints checkpoints = world.Storage!.Checkpoints;
        checkpoints.BeginReceive(StorageWorld.Group, info, length);
        checkpoints.Receive(StorageWorld.Group, state.AsSpan(0, length / 3));
        checkpoints.Receive(StorageWorld.Group, state.AsSpan(length / 3));
        checkpoints.EndReceive(StorageWorld.Group);
        world.Time.RunUntilIdle();
        return info;
    }

    private static byte[] Restore(StorageWorld world)
    {
        using var sink = new BytesSink();
        world.Storage!.Restore(StorageWorld.Group, sink);
        world.Time.RunUntilIdle();
        Assert.Contains("restored", world.Said);
        return sink.Bytes;
    }
}
