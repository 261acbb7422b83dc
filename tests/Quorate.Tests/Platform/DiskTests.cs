using Quorate.Platform;
using Quorate.Simulation;
using Xunit;

namespace Quorate.Tests.Platform;

/// <summary>The real disk keeps a disk's promises.</summary>
public sealed class RealDiskTests : DiskSuite, IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("quorate-disk-").FullName;
    private readonly List<RealDisk> disks = [];

    public RealDiskTests() => disks.Add(new RealDisk(root));

    protected override IDisk Disk => disks[0];

    public void Dispose()
    {
        foreach (RealDisk disk in disks)
            disk.Dispose();
        Directory.Delete(root, recursive: true);
    }

    [Fact]
    public void The_root_is_made_with_its_parents_and_files_are_the_owners_alone()
    {
        using var disk = new RealDisk(Path.Combine(root, "p/q"));
        Run(disk, new(new Order()) { Operation = DiskOperation.MakeDirectory });
        Run(disk, new(new Order()) { Operation = DiskOperation.Create, Path = "f" });
        const UnixFileMode owner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        Assert.Equal(owner | UnixFileMode.UserExecute, new DirectoryInfo(Path.Combine(root, "p/q")).UnixFileMode);
        Assert.Equal(owner, new FileInfo(Path.Combine(root, "p/q/f")).UnixFileMode);
    }

    [Fact]
    public void Completions_come_in_the_order_of_submission()
    {
        var order = new Order();
        for (int i = 0; i < 5; i++)
            disks[0].Submit(new(order) { Operation = DiskOperation.FreeSpace, Tag = i });
        Assert.Equal(5, disks[0].RunCompleted());
        Assert.Equal([0, 1, 2, 3, 4], order.Tags);
    }

    [Fact]
    public void A_background_request_wakes_its_owner_and_completes_on_the_owners_thread()
    {
        using var woken = new ManualResetEventSlim();
        using var disk = new RealDisk(root, woken.Set);
        var order = new Order();
        disk.Submit(new(order) { Operation = DiskOperation.FreeSpace, Background = true, Tag = 1 });
        Assert.True(woken.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Empty(order.Tags);
        Assert.Equal(1, disk.RunCompleted());
        Assert.Equal([1], order.Tags);
        Assert.Equal(Environment.CurrentManagedThreadId, order.Thread);
    }

    [Fact]
    public void What_a_background_write_needs_is_made_on_another_thread_than_the_owners()
    {
        using var woken = new ManualResetEventSlim();
        using var disk = new RealDisk(root, woken.Set);
        DiskFile file = Create("a");
        var content = new Maker(static () => 5);
        disk.Submit(new(new Order()) { Operation = DiskOperation.Write, File = file, Buffer = new byte[9], Background = true, Content = content });
        Assert.True(woken.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Equal(1, disk.RunCompleted());
        Assert.NotEqual(0, content.Thread);
        Assert.NotEqual(Environment.CurrentManagedThreadId, content.Thread);
    }

    [Fact]
    public void What_breaks_in_the_background_breaks_the_owner()
    {
        using var woken = new ManualResetEventSlim();
        using var disk = new RealDisk(root, woken.Set);
        var broken = new Maker(static () => throw new InvalidOperationException("on purpose"));
        disk.Submit(new(new Order()) { Operation = DiskOperation.Write, File = Create("a"), Buffer = new byte[9], Background = true, Content = broken });
        Assert.True(woken.Wait(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.True(disk.HasCompleted);
        Assert.Equal("on purpose", Assert.Throws<InvalidOperationException>(() => disk.RunCompleted()).Message);
    }

    [Fact]
    public void The_clock_only_goes_on()
    {
        var clock = new MonotonicClock();
        long before = clock.NowNanoseconds;
        Assert.True(before > 0);
        Assert.True(clock.NowNanoseconds >= before);
    }

    protected override IDisk OtherProcess()
    {
        disks.Add(new RealDisk(root));
        return disks[^1];
    }

    protected override void Run()
    {
        foreach (RealDisk disk in disks)
            disk.RunCompleted();
    }

    private static void Run(RealDisk disk, DiskRequest request)
    {
        disk.Submit(request);
        Assert.Equal(DiskError.None, request.Error);
    }

    private sealed class Maker(Func<int> make) : IDiskContent
    {
        public int Thread { get; private set; }

        public int Make(Span<byte> into)
        {
            Thread = Environment.CurrentManagedThreadId;
            return make();
        }
    }

    private sealed class Order : IDiskWaiter
    {
        public List<int> Tags { get; } = [];

        public int Thread { get; private set; }

        public void Completed(DiskRequest request)
        {
            Tags.Add(request.Tag);
            Thread = Environment.CurrentManagedThreadId;
        }
    }
}

/// <summary>So does the simulated one.</summary>
public sealed class SimulatedDiskKeepsTheSuite : DiskSuite
{
    private readonly VirtualTime time = new();
    private readonly DiskImage image = new(1);
    private readonly SimulatedDisk disk;

    public SimulatedDiskKeepsTheSuite() => disk = new SimulatedDisk(time, image, 2);

    protected override IDisk Disk => disk;

    protected override IDisk OtherProcess() => new SimulatedDisk(time, image, 3);

    protected override void Run() => time.RunUntilIdle();
}
