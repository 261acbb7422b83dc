using Quorate.Consensus;
using Quorate.Platform;
using Xunit;

namespace Quorate.Tests.Storage;

/// <summary>Which file has which name: segments, and the spares that were segments and are to be some again.</summary>
public sealed class SegmentNamesTests
{
    /// <summary>Simulation seed 7.</summary>
    [Fact]
    public void A_number_that_comes_back_makes_no_second_spare()
    {
        (StorageWorld world, LogWriter writer) = WithSpareOfNumber5(18, sparesMax: 8);
        FillUntilPrepared(world, writer, 7);
        Assert.Superset(new HashSet<string> { $"log/{5:x16}.spare", $"log/{5:x16}.log" }, world.Image.Paths().ToHashSet());
        writer.Drop(Checkpoint(world, writer));
        world.Time.RunUntilIdle();
        Assert.DoesNotContain($"log/{5:x16}.log", world.Image.Paths());
        FillUntilPrepared(world, writer, 16); // every spare is used by then
        CutAndCheck(world, writer);
    }

    /// <summary>Simulation seed 6087.</summary>
    [Fact]
    public void A_spare_on_its_way_to_be_a_segment_is_not_replaced_by_the_segment_of_its_number()
    {
        int met = 0;
        for (ulong seed = 0; seed < 20; seed++)
        {
            (StorageWorld world, LogWriter writer) = WithSpareOfNumber5(seed, sparesMax: 4);
            FillUntilPrepared(world, writer, 6);
            writer.Drop(Checkpoint(world, writer)); // 4 goes, so that 5 is the first
            FillUntilPrepared(world, writer, 7);
            LogIndex upTo = Checkpoint(world, writer);
            bool isTaken = false;
            world.Disk.Observer = request =>
            {
                if (request.Path == $"log/{5:x16}.spare" && request.Operation is DiskOperation.Open or DiskOperation.Rename)
                    isTaken = request.Operation == DiskOperation.Open;
                if (isTaken)
                    writer.Drop(upTo);
                if (isTaken && request.Path == $"log/{5:x16}.log" && request.Operation is DiskOperation.Rename or DiskOperation.Delete)
                    met++;
            };
            FillUntilPrepared(world, writer, 10);
            CutAndCheck(world, writer);
        }

        Assert.True(met > 0);
    }

    /// <summary>Simulation seeds 1006 and 1012: whoever stops for a lost name must say whose it is.</summary>
    [Theory]
    [InlineData(false, "retiring log/0000000000000001.log: not found")]
    [InlineData(true, "opening log/0000000000000001.spare: not found")]
    public void A_segment_whose_name_is_lost_is_named(bool isSpare, string failure)
    {
        var world = new StorageWorld(19);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        FillUntilPrepared(world, writer, 3);
        LogIndex upTo = Checkpoint(world, writer);
        if (!isSpare)
            world.Image.LoseEntry("log/0000000000000001.log");
        writer.Drop(upTo);
        world.Time.RunUntilIdle();
        if (isSpare)
            world.Image.LoseEntry("log/0000000000000001.spare");
        for (int i = 0; i < 20 && world.Failure is null; i++)
        {
            writer.AppendMany(10, 900);
            writer.Send();
            world.Time.RunUntilIdle();
        }

        Assert.Equal(failure, world.Failure);
    }

    /// <summary>Segment 5 was prepared when the power failed, and is a spare now; another becomes the next 5.</summary>
    private static (StorageWorld World, LogWriter Writer) WithSpareOfNumber5(ulong seed, int sparesMax)
    {
        var world = new StorageWorld(seed, StorageWorld.Small with { SparesMax = sparesMax });
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        FillUntilPrepared(world, writer, 5);
        writer.Drop(Checkpoint(world, writer));
        world.Time.RunUntilIdle();
        CutAndCheck(world, writer);
        return (world, writer);
    }

    private static void CutAndCheck(StorageWorld world, LogWriter writer)
    {
        WriteNumber durable = world.Durable;
        world.PowerCut();
        world.StartMustSucceed();
        writer.Check(durable);
    }

    private static void FillUntilPrepared(StorageWorld world, LogWriter writer, int sequence)
    {
        while (!world.Image.Paths().Contains($"log/{sequence:x16}.log"))
        {
            writer.AppendMany(10, 900);
            writer.Send();
            world.Time.RunUntilIdle();
            Assert.Null(world.Failure);
        }
    }

    private static LogIndex Checkpoint(StorageWorld world, LogWriter writer)
    {
        SnapshotInfo info = StorageWorld.InfoOf(writer.Last, writer.Term);
        world.LastAsked = info.Index;
        world.Storage!.Checkpoints.Write(StorageWorld.Group, info, new BytesSource([1]));
        world.Time.RunUntilIdle();
        return info.Index;
    }
}
