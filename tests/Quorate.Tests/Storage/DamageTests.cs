using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Simulation;
using Quorate.Storage;
using Xunit;

namespace Quorate.Tests.Storage;

/// <summary>Damage that no power cut can do: the start names it and refuses, and never takes it for a torn end.</summary>
public sealed class DamageTests
{
    [Fact]
    public void Rot_below_the_mark_names_segment_offset_and_index()
    {
        StorageWorld world = Written(1);
        world.Image.Rot("log/0000000000000001.log", 17); // in the first entry's payload
        Assert.False(world.Start());
        Assert.Equal(StorageRefusal.Damaged, world.Refusal!.Kind);
        Assert.StartsWith(
            "data directory: log segment log/0000000000000001.log is damaged at offset 8192 (log offset 8192): entry 1 of epoch 1. ",
            world.Refusal.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rot_in_an_identity_below_the_mark_is_damage()
    {
        StorageWorld world = Written(1);
        world.Image.Rot("log/0000000000000001.log", 127); // the far end: the first records' identities
        Assert.False(world.Start());
        Assert.Equal(StorageRefusal.Damaged, world.Refusal!.Kind);
        Assert.Matches("the identity of entry [0-9]+ of epoch 1 is not its record's", world.Refusal.Message);
    }

    [Fact]
    public void Any_rotten_sector_is_refused_or_does_not_matter()
    {
        int refused = 0;
        for (ulong seed = 1; seed <= 150; seed++)
        {
            StorageWorld world = Written(seed);
            var chance = new Prng(seed);
            string[] files = [.. world.Image.Paths().Where(p => p.EndsWith(".log", StringComparison.Ordinal))];
            string file = files[chance.Below((ulong)files.Length)];
            IReadOnlyList<long> sectors = world.Image.SettledSectors(file);
            if (sectors.Count == 0)
                continue;
            world.Image.Rot(file, sectors[(int)chance.Below((ulong)sectors.Count)]);
            if (world.Start())
            {
                Assert.Equal(120, world.Recovered.Count);
                continue;
            }

            refused++;
            Assert.Equal(StorageRefusal.Damaged, world.Refusal!.Kind);
            Assert.Contains("log/", world.Refusal.Message, StringComparison.Ordinal);
        }

        Assert.True(refused > 50);
    }

    [Fact]
    public void A_misdirected_write_is_refused()
    {
        StorageWorld world = Written(2);
        world.Image.Misdirect("log/0000000000000001.log", 16, 24);
        Assert.False(world.Start());
        Assert.Equal(StorageRefusal.Damaged, world.Refusal!.Kind);
    }

    [Fact]
    public void One_copy_of_the_hard_state_is_enough_and_none_is_not()
    {
        for (int copy = 0; copy < 2; copy++)
        {
            StorageWorld world = Written(3);
            world.Image.Rot("state", copy * 128);
            world.StartMustSucceed();
            Assert.Equal(new NodeId(4), world.Storage!.HardStateOf(StorageWorld.Group).VotedFor);
            world.PowerCut(); // both copies are whole again
            world.Image.Rot("state", (1 - copy) * 128);
            world.StartMustSucceed();
            Assert.Equal(new NodeId(4), world.Storage.HardStateOf(StorageWorld.Group).VotedFor);
            world.Kill();
            world.Image.Rot("state", 0);
            world.Image.Rot("state", 128);
            Assert.False(world.Start());
            Assert.Contains("term and vote", world.Refusal!.Message, StringComparison.Ordinal);
        }
    }

    /// <summary>What rots on a real disk is seldom read wrong: the device says that it cannot read it.</summary>
    [Theory]
    [InlineData("identity", 0)]
    [InlineData("identity", 8)]
    [InlineData("state", 0)]
    [InlineData("state", 128)]
    [InlineData("log/0000000000000001.log", 0)]
    [InlineData("log/0000000000000001.log", 8)]
    public void A_copy_that_cannot_be_read_is_no_worse_than_one_that_rotted(string path, int sector)
    {
        StorageWorld world = Written(3);
        world.Image.LoseSector(path, sector);
        world.StartMustSucceed();
        Assert.Equal(120, world.Recovered.Count);
        Assert.Equal(new NodeId(4), world.Storage!.HardStateOf(StorageWorld.Group).VotedFor);
        world.PowerCut();
        world.Image.LoseSector(path, path == "state" ? 128 - sector : 8 - sector);
        world.StartMustSucceed(); // the first one was written again
    }

    [Theory]
    [InlineData("identity", 0, 8)]
    [InlineData("state", 0, 128)]
    [InlineData("log/0000000000000001.log", 0, 8)]
    public void Where_no_copy_can_be_read_that_is_not_called_damage(string path, int sector, int other)
    {
        StorageWorld world = Written(3);
        world.Image.LoseSector(path, sector);
        world.Image.LoseSector(path, other);
        IsRefusedAsUnreadable(world, $"reading {path}: input/output error");
    }

    /// <summary>Raft, seed 6178: it may be read the next time.</summary>
    [Theory]
    [InlineData("identity", 0, 8)]
    [InlineData("identity", 8, 0)]
    [InlineData("state", 0, 128)]
    [InlineData("state", 128, 0)]
    [InlineData("log/0000000000000001.log", 0, 8)]
    [InlineData("log/0000000000000001.log", 8, 0)]
    public void Nor_is_one_that_cannot_be_read_beside_one_that_rotted(string path, int rotted, int unreadable)
    {
        StorageWorld world = Written(3);
        world.Image.Rot(path, rotted);
        world.Image.LoseSector(path, unreadable);
        IsRefusedAsUnreadable(world, $"reading {path}: input/output error; its other copy is damaged");
    }

    private static void IsRefusedAsUnreadable(StorageWorld world, string cause)
    {
        Assert.False(world.Start());
        Assert.Equal((StorageRefusal.Device, $"data directory: {cause}"), (world.Refusal!.Kind, world.Refusal.Message));
    }

    /// <summary>
    /// A sync of one copy failed: on disk it may be torn, in the page cache it is whole. The next start cannot read the other one, which is all that the disk
    /// has, and would write over it; then the power fails.
    /// </summary>
    [Theory]
    [InlineData("state", 0, 65536)]
    [InlineData("state", 65536, 0)]
    [InlineData("log/0000000000000001.log", 0, 4096)]
    [InlineData("log/0000000000000001.log", 4096, 0)]
    public void A_copy_that_cannot_be_read_once_is_not_written_over_while_it_may_be_the_only_one_on_disk(string path, long cached, long unread)
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            StorageWorld world = Written(seed);
            world.Options = world.Options with { FlushBytesMax = 32 << 10 }; // which headers say
            world.StartOnly();
            DiskFile file = default;
            bool isOfBoth = false; // copy 0 first
            world.Disk.Observer = request =>
            {
                if (request.Operation == DiskOperation.Open && request.Path == path)
                    file = request.File;
                if (request.Operation != DiskOperation.Write || request.File != file)
                    return;
                isOfBoth |= request.Offset == 0;
                if (isOfBoth && request.Offset == cached)
                    world.Disk.Faults.SyncsToFail = 1;
            };
            world.Time.RunUntilIdle();
            world.Kill();
            world.Options = world.Options with { FlushBytesMax = 48 << 10 };
            world.StartOnly();
            world.Disk.Observer = request =>
            {
                if (request.Operation == DiskOperation.Open && request.Path == path)
                    (file, world.Disk.Faults.ReadsToFail) = (request.File, unread == 0 ? 1 : 0);
                if (request.Operation == DiskOperation.Read && request.File == file && request.Offset == 0 && unread > 0)
                    world.Disk.Faults.ReadsToFail = 1;
            };
            world.Time.RunUntil(world.Time.NowNanoseconds + new Prng(seed).Between(0, 50_000_000));
            world.PowerCut();
            world.StartMustSucceed();
            Assert.Equal(new NodeId(4), world.Storage!.HardStateOf(StorageWorld.Group).VotedFor);
        }
    }

    /// <summary>Rot may befall the other one later.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void A_rotted_copy_of_the_identity_is_written_again(int sector)
    {
        StorageWorld world = Written(3);
        world.Image.Rot("identity", sector);
        world.StartMustSucceed();
        world.Disk.Kill();
        world.Image.PowerCutLosingAll();
        world.Image.Rot("identity", 8 - sector);
        world.StartMustSucceed();
    }

    [Fact]
    public void In_a_foreign_directory_nothing_is_mended()
    {
        StorageWorld world = Written(3);
        StorageOptions own = world.Options;
        world.Image.Rot("identity", 0);
        world.Options = own with { Identity = own.Identity with { ClusterId = own.Identity.ClusterId + 1 } };
        Assert.False(world.Start());
        Assert.Equal(StorageRefusal.Foreign, world.Refusal!.Kind);
        world.Image.Rot("identity", 8);
        world.Options = own;
        Assert.False(world.Start());
        Assert.Equal(StorageRefusal.Damaged, world.Refusal!.Kind);
    }

    /// <summary>Until what was written over it is synced, power may take that.</summary>
    [Fact]
    public void A_sector_written_again_and_not_synced_may_be_as_unreadable_as_before()
    {
        StorageWorld world = Written(3);
        world.Image.LoseSector("state", 128);
        world.StartOnly();
        while (!world.Image.UnreadablePaths().SequenceEqual([]))
            Assert.True(world.Time.Step());
        world.Disk.Kill();
        world.Image.PowerCutLosingAll();
        Assert.Equal(["state"], world.Image.UnreadablePaths());
        world.StartMustSucceed();
        world.Disk.Kill();
        world.Image.PowerCutLosingAll();
        Assert.Empty(world.Image.UnreadablePaths());
    }

    /// <summary>A start with other options changes the header of each segment: the copy that rotted must be written before the whole one is touched.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void While_a_rotted_header_is_written_again_power_may_fail(int rotted)
    {
        for (ulong seed = 1; seed <= 300; seed++)
        {
            StorageWorld world = Written(seed);
            var chance = new Prng(seed);
            world.Image.Rot("log/0000000000000001.log", rotted);
            world.Options = world.Options with { FlushBytesMax = 32 << 10 };
            world.StartOnly();
            world.Time.RunUntil(world.Time.NowNanoseconds + chance.Between(0, 20_000_000));
            world.PowerCut();
            world.StartMustSucceed();
            Assert.Equal(new NodeId(4), world.Storage!.HardStateOf(StorageWorld.Group).VotedFor);
        }
    }

    [Fact]
    public void A_first_configuration_that_rotted_is_refused()
    {
        StorageWorld world = Written(4);
        for (int i = 0; i < 100; i++)
            world.Image.Rot("first-configuration", 0); // a small part of a sector
        Assert.False(world.Start());
        Assert.Equal(StorageRefusal.Damaged, world.Refusal!.Kind);
        Assert.Equal("data directory: the file first-configuration is damaged; replace this member", world.Refusal.Message);
    }

    [Theory]
    [InlineData("first-configuration")]
    [InlineData("log/0000000000000001.log")]
    [InlineData("log/0000000000000002.log")]
    [InlineData("state")]
    [InlineData("identity")]
    [InlineData("snap/00000000-0000000000000002.checkpoint")]
    [InlineData("snap/00000000.manifest")]
    [InlineData("log")]
    [InlineData("snap")]
    public void A_lost_name_is_refused(string path)
    {
        StorageWorld world = Written(4);
        SnapshotInfo info = StorageWorld.InfoOf(5, 1);
        world.StartMustSucceed();
        world.Storage!.Checkpoints.Write(StorageWorld.Group, info, new BytesSource([1, 2]));
        world.Time.RunUntilIdle();
        if (path.Contains("snap/", StringComparison.Ordinal))
        {
            info = StorageWorld.InfoOf(60, 1);
            world.Storage.Checkpoints.Write(StorageWorld.Group, info, new BytesSource([1, 2]));
            world.Time.RunUntilIdle();
            world.Storage.Log.Drop(StorageWorld.Group, info.Index);
            world.Time.RunUntilIdle();
        }

        world.Kill();
        world.Image.LoseEntry(path);
        Assert.False(world.Start());
        Assert.Equal(StorageRefusal.Damaged, world.Refusal!.Kind);
    }

    /// <summary>Seeds 3310 of both engines, Multi-Paxos seed 935: such a directory was made anew, and then the log of the life before was blamed.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Without_identity_and_hard_state_a_directory_with_a_log_is_not_new(bool stateIsLost)
    {
        StorageWorld world = Written(1);
        world.Image.LoseEntry("identity");
        if (stateIsLost)
            world.Image.LoseEntry("state");
        foreach (long sector in stateIsLost ? [] : world.Image.DurableSectors("state"))
            world.Image.Rot("state", sector);
        for (int start = 0; start < 2; start++)
        {
            Assert.False(world.Start());
            Assert.Equal(StorageRefusal.Damaged, world.Refusal!.Kind);
            Assert.Equal("data directory: the file identity is missing; replace this member", world.Refusal.Message);
        }
    }

    [Fact]
    public void Both_copies_of_a_segments_header_or_of_the_identity_must_rot_to_be_fatal()
    {
        foreach ((string file, int second) in new[] { ("identity", 8), ("log/0000000000000001.log", 8) })
        {
            StorageWorld world = Written(5);
            world.Image.Rot(file, 0);
            world.StartMustSucceed();
            world.Kill();
            world.Image.Rot(file, 0);
            world.Image.Rot(file, second);
            Assert.False(world.Start());
            Assert.Equal(StorageRefusal.Damaged, world.Refusal!.Kind);
        }
    }

    [Fact]
    public void Foreign_newer_and_busy_directories_are_refused_in_one_line()
    {
        StorageWorld world = Written(6);
        StorageIdentity mine = world.Options.Identity;
        Refuses(world, mine with { ClusterId = 78 }, StorageRefusal.Foreign, "data directory belongs to cluster 4d, not to cluster 4e");
        Refuses(world, mine with { Member = new NodeId(6) }, StorageRefusal.Foreign, "data directory belongs to member 5 (m5), not to member 6");
        Refuses(world, mine with { Engine = "multipaxos" }, StorageRefusal.Foreign, "data directory was written by consensus engine raft, not multipaxos");
        world.Options = world.Options with { Identity = new StorageIdentity(0, NodeId.None, "", "") };
        world.StartMustSucceed(); // as stored
        Assert.Equal(mine, world.Storage!.Identity);
        IStorage first = world.Storage;
        world.StartOnly();
        world.Time.RunUntilIdle();
        Assert.Equal(StorageRefusal.InUse, world.Refusal!.Kind);
        Assert.Equal("data directory is in use by another process", world.Refusal.Message);
        Assert.NotNull(first);
    }

    [Fact]
    public void Etcds_own_directory_is_left_as_it_is()
    {
        var world = new StorageWorld(7);
        var setUp = new SetUp(world);
        setUp.Do(DiskOperation.MakeDirectory, "member");
        setUp.Do(DiskOperation.MakeDirectory, "member/wal");
        setUp.Do(DiskOperation.Create, "member/wal/0.wal");
        Assert.False(world.Start());
        Assert.Equal(StorageRefusal.EtcdDirectory, world.Refusal!.Kind);
        Assert.Equal(["member/wal/0.wal"], world.Image.Paths());
    }

    [Fact]
    public void A_full_disk_refuses_a_new_directory()
    {
        var world = new StorageWorld(8);
        world.Image.CapacityBytes = 100_000;
        Assert.False(world.Start());
        Assert.Equal(StorageRefusal.Full, world.Refusal!.Kind);
        world.Image.CapacityBytes = long.MaxValue;
        world.StartMustSucceed();
    }

    private static void Refuses(StorageWorld world, StorageIdentity asked, StorageRefusal kind, string line)
    {
        StorageOptions before = world.Options;
        world.Options = before with { Identity = asked };
        Assert.False(world.Start());
        Assert.Equal((kind, line), (world.Refusal!.Kind, world.Refusal.Message));
        world.Options = before;
    }

    /// <summary>120 durable entries over several segments, a vote, and the mark on disk; the process has ended.</summary>
    private static StorageWorld Written(ulong seed)
    {
        var world = new StorageWorld(seed);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        writer.AppendMany(60, 2000);
        writer.RaiseTerm(4);
        writer.AppendMany(60, 700);
        writer.Send();
        world.Time.RunUntilIdle();
        world.Storage!.Idle();
        world.Time.RunUntilIdle();
        Assert.Equal(writer.LastNumber, world.Durable);
        world.Kill();
        return world;
    }

    private sealed class SetUp(StorageWorld world) : IDiskWaiter
    {
        private readonly SimulatedDisk disk = new(world.Time, world.Image, 1);

        public void Do(DiskOperation operation, string path)
        {
            disk.Submit(new DiskRequest(this) { Operation = operation, Path = path });
            world.Time.RunUntilIdle();
        }

        public void Completed(DiskRequest request) => Assert.Equal(DiskError.None, request.Error);
    }
}
