using Quorate.Platform;
using Quorate.Simulation;
using Xunit;

namespace Quorate.Tests.Simulation;

/// <summary>What the simulated disk may do to what was written to it, and what it may not.</summary>
public sealed class SimulatedDiskTests
{
    [Fact]
    public void What_was_synced_survives_every_cut()
    {
        for (ulong seed = 1; seed <= 200; seed++)
        {
            var machine = new Machine(seed);
            DiskFile file = machine.Create("f");
            machine.Do(new(machine) { Operation = DiskOperation.SyncDirectory, Path = "" });
            machine.Write(file, 100, Filled(2000, 1));
            machine.Sync(file);
            machine.Write(file, 300, Filled(700, 2));
            machine.Cut();

            byte[] left = machine.ReadAll("f");
            Assert.True(left.Length >= 2100);
            Assert.All(left[100..300], b => Assert.Equal(1, b));
            Assert.All(left[300..1000], b => Assert.InRange(b, 1, 2));
            Assert.All(left[1000..2100], b => Assert.Equal(1, b));
        }
    }

    [Fact]
    public void An_unsynced_write_may_be_kept_lost_reordered_and_torn()
    {
        bool keptSecondOnly = false, torn = false, lost = false, kept = false;
        for (ulong seed = 1; seed <= 300; seed++)
        {
            var machine = new Machine(seed);
            DiskFile file = machine.Create("f");
            machine.Do(new(machine) { Operation = DiskOperation.SyncDirectory, Path = "" });
            machine.Do(new(machine) { Operation = DiskOperation.SetLength, File = file, Offset = 1024 });
            machine.Sync(file);
            machine.Write(file, 0, Filled(512, 7));
            machine.Write(file, 512, Filled(512, 8));
            machine.Cut();

            byte[] left = machine.ReadAll("f");
            int first = left[..512].Count(b => b == 7);
            int second = left[512..].Count(b => b == 8);
            keptSecondOnly |= first == 0 && second == 512;
            torn |= first is > 0 and < 512;
            lost |= first == 0 && second == 0;
            kept |= first == 512 && second == 512;
        }

        Assert.True(keptSecondOnly && torn && lost && kept);
    }

    [Fact]
    public void A_killed_process_finds_its_unsynced_writes_and_a_later_cut_may_take_them()
    {
        var machine = new Machine(3);
        DiskFile file = machine.Create("f");
        machine.Do(new(machine) { Operation = DiskOperation.SyncDirectory, Path = "" });
        machine.Write(file, 0, Filled(512, 9));
        machine.Restart();

        Assert.All(machine.ReadAll("f"), b => Assert.Equal(9, b));
        machine.Restart();
        machine.Image.PowerCutLosingAll();
        Assert.Empty(machine.ReadAll("f"));
    }

    [Fact]
    public void After_a_failed_sync_the_bytes_can_be_read_and_are_never_written()
    {
        bool everLost = false;
        for (ulong seed = 1; seed <= 50; seed++)
        {
            var machine = new Machine(seed);
            DiskFile file = machine.Create("f");
            machine.Do(new(machine) { Operation = DiskOperation.SyncDirectory, Path = "" });
            machine.Write(file, 0, Filled(4096, 1));
            machine.Sync(file);
            machine.Write(file, 0, Filled(4096, 2));
            machine.Disk.Faults.SyncsToFail = 1;
            Assert.Equal(DiskError.Device, machine.Try(new(machine) { Operation = DiskOperation.Sync, File = file }));
            Assert.All(machine.ReadAll("f"), b => Assert.Equal(2, b));

            machine.Sync(file); // "succeeds": the pages are clean
            machine.Restart();
            machine.Image.PowerCut(); // whatever its style
            everLost |= machine.ReadAll("f").Contains((byte)1);
        }

        Assert.True(everLost);
    }

    [Fact]
    public void A_name_is_durable_only_once_its_directory_is_synced()
    {
        var machine = new Machine(5);
        DiskFile file = machine.Create("a");
        machine.Write(file, 0, Filled(10, 1));
        machine.Sync(file);
        Assert.Equal(DiskError.None, machine.Try(new(machine) { Operation = DiskOperation.Rename, Path = "a", Target = "b" }));
        machine.Restart();
        machine.Image.PowerCutLosingAll();
        Assert.Empty(machine.List(""));
    }

    [Fact]
    public void A_rename_is_kept_whole_or_not_at_all()
    {
        bool kept = false, lost = false;
        for (ulong seed = 1; seed <= 100; seed++)
        {
            var machine = new Machine(seed);
            machine.Write(machine.Create("old"), 0, Filled(1, 1));
            machine.Write(machine.Create("new.tmp"), 0, Filled(1, 2));
            machine.Do(new(machine) { Operation = DiskOperation.SyncDirectory, Path = "" });
            machine.Do(new(machine) { Operation = DiskOperation.Rename, Path = "new.tmp", Target = "old" });
            machine.Cut();
            string[] names = machine.List("");
            Assert.Contains("old", names);
            kept |= names.Length == 1;
            lost |= names.Length == 2;
        }

        Assert.True(kept && lost);
    }

    [Fact]
    public void A_lock_is_held_until_its_process_ends()
    {
        var machine = new Machine(1);
        Assert.Equal(DiskError.None, machine.Try(new(machine) { Operation = DiskOperation.Lock, Path = "lock" }));
        var second = new SimulatedDisk(machine.Time, machine.Image, 2);
        var request = new DiskRequest(machine) { Operation = DiskOperation.Lock, Path = "lock" };
        second.Submit(request);
        machine.Time.RunUntilIdle();
        Assert.Equal(DiskError.Busy, request.Error);
        machine.Restart();
        Assert.Equal(DiskError.None, machine.Try(new(machine) { Operation = DiskOperation.Lock, Path = "lock" }));
    }

    [Fact]
    public void A_full_disk_refuses_growth_and_takes_overwrites()
    {
        var machine = new Machine(1);
        DiskFile file = machine.Create("f");
        machine.Write(file, 0, Filled(1000, 1));
        machine.Image.CapacityBytes = 1200;
        Assert.Equal(DiskError.NoSpace, machine.Try(new(machine)
        {
            Operation = DiskOperation.Write, File = file, Offset = 900, Buffer = Filled(400, 2),
        }));
        machine.Write(file, 500, Filled(500, 3));
    }

    private static byte[] Filled(int count, byte value)
    {
        byte[] bytes = new byte[count];
        Array.Fill(bytes, value);
        return bytes;
    }

    private sealed class Machine : IDiskWaiter
    {
        private ulong seed;

        public Machine(ulong seed)
        {
            this.seed = seed;
            Image = new DiskImage(seed);
            Disk = new SimulatedDisk(Time, Image, seed);
        }

        public VirtualTime Time { get; } = new();

        public DiskImage Image { get; }

        public SimulatedDisk Disk { get; private set; }

        public void Completed(DiskRequest request)
        {
        }

        public DiskError Try(DiskRequest request)
        {
            Disk.Submit(request);
            Time.RunUntilIdle();
            return request.Error;
        }

        public DiskRequest Do(DiskRequest request)
        {
            Assert.Equal(DiskError.None, Try(request));
            return request;
        }

        public DiskFile Create(string path) => Do(new(this) { Operation = DiskOperation.Create, Path = path }).File;

        public void Write(DiskFile file, long offset, byte[] bytes) =>
            Do(new(this) { Operation = DiskOperation.Write, File = file, Offset = offset, Buffer = bytes });

        public void Sync(DiskFile file) => Do(new(this) { Operation = DiskOperation.Sync, File = file });

        public string[] List(string path) => Do(new(this) { Operation = DiskOperation.List, Path = path }).Names;

        public byte[] ReadAll(string path)
        {
            DiskRequest file = Do(new(this) { Operation = DiskOperation.Open, Path = path });
            byte[] bytes = new byte[file.Transferred];
            Do(new(this) { Operation = DiskOperation.Read, File = file.File, Buffer = bytes });
            return bytes;
        }

        public void Restart()
        {
            Disk.Kill();
            Disk = new SimulatedDisk(Time, Image, ++seed);
        }

        public void Cut()
        {
            Restart();
            Image.PowerCut();
        }
    }
}
