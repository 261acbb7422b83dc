using Quorate.Platform;
using Xunit;

namespace Quorate.Tests.Platform;

/// <summary>What every disk promises, run on the real one and on the simulated one.</summary>
public abstract class DiskSuite : IDiskWaiter
{
    private DiskRequest? completed;

    /// <summary>The disk under test; its root exists and is empty.</summary>
    protected abstract IDisk Disk { get; }

    /// <summary>Another process's disk with the same root.</summary>
    protected abstract IDisk OtherProcess();

    /// <summary>Lets requests complete.</summary>
    protected abstract void Run();

    public void Completed(DiskRequest request)
    {
        Assert.Null(completed);
        completed = request;
    }

    [Fact]
    public void A_request_never_completes_from_within_submit()
    {
        var request = new DiskRequest(this) { Operation = DiskOperation.List };
        Disk.Submit(request);
        Assert.Null(completed);
        Run();
        Assert.Same(request, completed);
        completed = null;
    }

    [Fact]
    public void What_was_written_is_read()
    {
        DiskFile file = Create("a");
        Done(new(this) { Operation = DiskOperation.Write, File = file, Offset = 5000, Buffer = Bytes(7, 3000) });
        byte[] into = new byte[4000];
        DiskRequest read = Done(new(this) { Operation = DiskOperation.Read, File = file, Offset = 4500, Buffer = into });
        Assert.Equal(3500, read.Transferred); // up to the file's end
        Assert.All(into[..500], b => Assert.Equal(0, b));
        Assert.All(into[500..3500], b => Assert.Equal(7, b));
        Assert.Equal(8000, Done(new(this) { Operation = DiskOperation.Open, Path = "a" }).Transferred);
    }

    [Fact]
    public void What_a_content_makes_is_written_and_counted()
    {
        DiskFile file = Create("a");
        var content = new Sevens(30);
        DiskRequest write = Done(new(this) { Operation = DiskOperation.Write, File = file, Offset = 5, Buffer = new byte[20], Content = content });
        Assert.Equal(20, write.Transferred);
        Assert.Equal(10, Done(new(this) { Operation = DiskOperation.Write, File = file, Offset = 25, Buffer = new byte[20], Content = content }).Transferred);
        Assert.Equal(0, Done(new(this) { Operation = DiskOperation.Write, File = file, Offset = 35, Buffer = new byte[20], Content = content }).Transferred);
        byte[] into = new byte[100];
        Assert.Equal(35, Done(new(this) { Operation = DiskOperation.Read, File = file, Buffer = into }).Transferred);
        Assert.All(into[5..35], b => Assert.Equal(7, b));
    }

    [Fact]
    public void Reading_behind_the_end_brings_nothing()
    {
        DiskFile file = Create("a");
        Assert.Equal(0, Done(new(this) { Operation = DiskOperation.Read, File = file, Offset = 10, Buffer = new byte[10] }).Transferred);
    }

    [Fact]
    public void A_file_grows_with_zeros_and_can_be_cut()
    {
        DiskFile file = Create("a");
        Done(new(this) { Operation = DiskOperation.Write, File = file, Buffer = Bytes(9, 100) });
        Done(new(this) { Operation = DiskOperation.SetLength, File = file, Offset = 50 });
        Done(new(this) { Operation = DiskOperation.SetLength, File = file, Offset = 200 });
        byte[] into = new byte[300];
        Assert.Equal(200, Done(new(this) { Operation = DiskOperation.Read, File = file, Buffer = into }).Transferred);
        Assert.All(into[..50], b => Assert.Equal(9, b));
        Assert.All(into[50..], b => Assert.Equal(0, b));
    }

    [Fact]
    public void Create_takes_only_a_new_name_and_open_only_one_that_is_there()
    {
        Assert.Equal(DiskError.NotFound, Do(new(this) { Operation = DiskOperation.Open, Path = "a" }).Error);
        Create("a");
        Assert.Equal(DiskError.Exists, Do(new(this) { Operation = DiskOperation.Create, Path = "a" }).Error);
        Assert.Equal(DiskError.NotFound, Do(new(this) { Operation = DiskOperation.Create, Path = "none/a" }).Error);
    }

    [Fact]
    public void Names_are_listed_in_ordinal_order()
    {
        Create("b");
        Create("B");
        Create("a");
        Done(new(this) { Operation = DiskOperation.MakeDirectory, Path = "d" });
        Done(new(this) { Operation = DiskOperation.MakeDirectory, Path = "d" });
        Create("d/x");
        Assert.Equal(["B", "a", "b", "d"], Done(new(this) { Operation = DiskOperation.List }).Names);
        Assert.Equal(["x"], Done(new(this) { Operation = DiskOperation.List, Path = "d" }).Names);
        Assert.Equal(DiskError.NotFound, Do(new(this) { Operation = DiskOperation.List, Path = "none" }).Error);
    }

    [Fact]
    public void Rename_replaces_and_an_open_file_keeps_its_bytes()
    {
        DiskFile old = Create("target");
        Done(new(this) { Operation = DiskOperation.Write, File = old, Buffer = Bytes(1, 10) });
        DiskFile fresh = Create("fresh");
        Done(new(this) { Operation = DiskOperation.Write, File = fresh, Buffer = Bytes(2, 10) });
        Done(new(this) { Operation = DiskOperation.Rename, Path = "fresh", Target = "target" });
        Assert.Equal(["target"], Done(new(this) { Operation = DiskOperation.List }).Names);
        Assert.Equal(1, ReadByte(old));
        Assert.Equal(2, ReadByte(fresh));
        Assert.Equal(2, ReadByte(Done(new(this) { Operation = DiskOperation.Open, Path = "target" }).File));
        Assert.Equal(DiskError.NotFound, Do(new(this) { Operation = DiskOperation.Rename, Path = "fresh", Target = "x" }).Error);
    }

    [Fact]
    public void Delete_takes_the_name_and_leaves_what_is_open()
    {
        DiskFile file = Create("a");
        Done(new(this) { Operation = DiskOperation.Write, File = file, Buffer = Bytes(3, 10) });
        Done(new(this) { Operation = DiskOperation.Delete, Path = "a" });
        Done(new(this) { Operation = DiskOperation.Delete, Path = "a" });
        Assert.Equal(DiskError.NotFound, Do(new(this) { Operation = DiskOperation.Open, Path = "a" }).Error);
        Assert.Equal(3, ReadByte(file));
        Done(new(this) { Operation = DiskOperation.Close, File = file });
    }

    [Fact]
    public void A_link_is_a_second_name()
    {
        DiskFile file = Create("a");
        Done(new(this) { Operation = DiskOperation.Link, Path = "a", Target = "b" });
        Done(new(this) { Operation = DiskOperation.Write, File = file, Buffer = Bytes(4, 10) });
        Done(new(this) { Operation = DiskOperation.Delete, Path = "a" });
        Assert.Equal(4, ReadByte(Done(new(this) { Operation = DiskOperation.Open, Path = "b" }).File));
        Create("c");
        Assert.Equal(DiskError.Exists, Do(new(this) { Operation = DiskOperation.Link, Path = "b", Target = "c" }).Error);
        Assert.Equal(DiskError.NotFound, Do(new(this) { Operation = DiskOperation.Link, Path = "none", Target = "d" }).Error);
    }

    [Fact]
    public void Syncs_succeed_and_space_is_told()
    {
        DiskFile file = Create("a");
        Done(new(this) { Operation = DiskOperation.Sync, File = file });
        Done(new(this) { Operation = DiskOperation.SyncDirectory });
        Assert.True(Done(new(this) { Operation = DiskOperation.FreeSpace }).Transferred > 0);
    }

    [Fact]
    public void A_lock_is_held_by_one_until_closed()
    {
        DiskFile held = Done(new(this) { Operation = DiskOperation.Lock, Path = "lock" }).File;
        IDisk other = OtherProcess();
        Assert.Equal(DiskError.Busy, Do(new(this) { Operation = DiskOperation.Lock, Path = "lock" }, other).Error);
        Done(new(this) { Operation = DiskOperation.Close, File = held });
        Assert.Equal(DiskError.None, Do(new(this) { Operation = DiskOperation.Lock, Path = "lock" }, other).Error);
    }

    /// <summary>Carries a request out.</summary>
    protected DiskRequest Do(DiskRequest request, IDisk? disk = null)
    {
        (disk ?? Disk).Submit(request);
        Run();
        Assert.Same(request, completed);
        completed = null;
        return request;
    }

    /// <summary>Carries a request out that must succeed.</summary>
    protected DiskRequest Done(DiskRequest request)
    {
        Assert.Equal(DiskError.None, Do(request).Error);
        return request;
    }

    /// <summary>Makes a file.</summary>
    protected DiskFile Create(string path) => Done(new(this) { Operation = DiskOperation.Create, Path = path }).File;

    private byte ReadByte(DiskFile file)
    {
        byte[] one = new byte[1];
        Done(new(this) { Operation = DiskOperation.Read, File = file, Buffer = one });
        return one[0];
    }

    private static byte[] Bytes(byte value, int count)
    {
        byte[] bytes = new byte[count];
        bytes.AsSpan().Fill(value);
        return bytes;
    }

    private sealed class Sevens(int count) : IDiskContent
    {
        private int left = count;

        public int Make(Span<byte> into)
        {
            int made = Math.Min(left, into.Length);
            into[..made].Fill(7);
            left -= made;
            return made;
        }
    }
}
