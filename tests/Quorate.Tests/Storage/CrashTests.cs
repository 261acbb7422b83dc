using Quorate.Consensus;
using Quorate.Storage;
using Xunit;

namespace Quorate.Tests.Storage;

/// <summary>
/// Random writes, and a machine that may stop anywhere: it always starts again, what was reported durable is there, and nothing
/// that was never written is. A failing seed replays alone by <c>Replay(seed)</c>.
/// </summary>
public sealed class CrashTests
{
    /// <summary>Seeds of each part; QUORATE_STORAGE_SEEDS asks for more.</summary>
    private static readonly ulong Seeds = ulong.Parse(Environment.GetEnvironmentVariable("QUORATE_STORAGE_SEEDS") ?? "20");

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Any_stop_leaves_a_log_that_starts_with_all_that_was_durable(int part)
    {
        for (ulong seed = 0; seed < Seeds; seed++)
        {
            ulong number = ((ulong)part * 1_000_000) + seed;
            try
            {
                Replay(number);
            }
            catch (Exception broken)
            {
                throw new InvalidOperationException($"seed {number}: {broken.Message}", broken);
            }
        }
    }

    [Fact]
    public void A_start_may_be_cut_anywhere_again_and_again()
    {
        for (ulong seed = 1; seed <= 15; seed++)
        {
            var world = new StorageWorld(seed);
            var chance = new Prng(seed);
            world.StartMustSucceed();
            var writer = new LogWriter(world);
            for (int i = 0; i < 20; i++)
                writer.AppendMany(3, (int)chance.Between(0, 3000));
            writer.RaiseTerm(2);
            writer.Send();
            world.Time.RunUntil(world.Time.NowNanoseconds + chance.Between(0, 20_000_000));
            WriteNumber durable = world.Durable;
            for (int cut = 0; cut < 10; cut++)
            {
                Stop(world, chance);
                world.StartOnly();
                world.Time.RunUntil(world.Time.NowNanoseconds + chance.Between(0, 10_000_000));
                Assert.Null(world.Refusal);
            }

            Stop(world, chance);
            world.StartMustSucceed();
            writer.Check(durable);
        }
    }

    [Fact]
    public void A_new_directory_may_be_cut_anywhere_while_it_is_made()
    {
        for (ulong seed = 1; seed <= 30; seed++)
        {
            Configuration first = StorageWorld.InfoOf(1, 1).Configuration;
            var world = new StorageWorld(seed, StorageWorld.Small with { FirstConfiguration = first });
            var chance = new Prng(seed);
            world.StartOnly();
            world.Time.RunUntil(chance.Between(0, 12_000_000));
            Stop(world, chance);

            // With its identity a directory has the configuration it was made for, whatever the next start is told.
            bool isMade = world.Image.Paths().Contains("identity");
            world.Options = StorageWorld.Small;
            world.StartMustSucceed();
            Assert.Empty(world.Recovered);
            Assert.Equal(isMade ? first : Configuration.Empty, world.Storage!.FirstConfiguration);
        }
    }

    private static void Replay(ulong seed)
    {
        // Every other one begins with a small segment, behind which the next is made later.
        StorageOptions? options = seed % 2 == 0 ? null : StorageWorld.Small with { SegmentBytes = 128 << 10, FirstSegmentBytes = 64 << 10 };
        var world = new StorageWorld(seed, options);
        var chance = new Prng(seed + 500);
        world.StartMustSucceed();
        var writer = new LogWriter(world);
        for (int life = 0; life < 8; life++)
        {
            ulong snapshot = 0;
            for (int turn = (int)chance.Between(1, 25); turn > 0 && world.Failure is null; turn--)
                Turn(world, writer, chance, ref snapshot);
            if (chance.Chance(1, 4))
                world.Disk.Faults.SyncsToFail = 1;
            world.Time.RunUntil(world.Time.NowNanoseconds + chance.Between(0, 5_000_000));
            WriteNumber durable = world.Durable;
            Stop(world, chance);
            world.StartMustSucceed();
            writer.Check(durable);
        }
    }

    private static void Stop(StorageWorld world, Prng chance)
    {
        if (chance.Chance(1, 3))
            world.Kill();
        else
            world.PowerCut();
    }

    private static void Turn(StorageWorld world, LogWriter writer, Prng chance, ref ulong snapshot)
    {
        switch (chance.Below(10))
        {
            case < 4:
                writer.AppendMany((int)chance.Between(1, 12), (int)chance.Between(0, 2000));
                break;
            case 4:
                // One in four may be larger than a segment: another member's are.
                writer.Append((int)chance.Between(0, chance.Chance(1, 4) ? 200_000 : world.Options.PayloadBytesMax));
                break;
            case 5:
                writer.RaiseTerm(chance.Below(4));
                break;
            case 6:
                ulong floor = world.Storage!.Checkpoints.Latest.Index.Value;
                if (writer.Last > floor && writer.Now.Exists(k => k.Index == writer.Last))
                {
                    writer.RaiseTermSilently();
                    writer.TruncateAfter((ulong)chance.Between((long)floor, (long)writer.Last));
                    writer.Append(10);
                }

                break;
            case 7:
                world.Storage!.Idle();
                break;
            case 8:
                Checkpoint(world, writer, chance);
                break;
            case 9:
                Install(world, writer, chance, ref snapshot);
                break;
        }

        writer.Send();
        if (chance.Chance(1, 2))
            world.Time.RunUntil(world.Time.NowNanoseconds + chance.Between(0, 3_000_000));
        if (chance.Chance(1, 6))
            world.Time.RunUntilIdle();
    }

    private static void Checkpoint(StorageWorld world, LogWriter writer, Prng chance)
    {
        writer.Send();
        world.Time.RunUntilIdle();
        if (world.Failure is not null || writer.Now.Count == 0)
            return;
        LogWriter.Kept last = writer.Now[^1];
        if (last.Index <= world.Storage!.Checkpoints.Latest.Index.Value)
            return;
        SnapshotInfo info = StorageWorld.InfoOf(last.Index, last.Epoch);
        world.LastAsked = info.Index;
        world.Storage.Checkpoints.Write(StorageWorld.Group, info, new BytesSource(StorageWorld.StateOf(info, (int)chance.Between(0, 200_000))));
        if (chance.Chance(1, 2))
        {
            world.Time.RunUntilIdle();
            writer.Drop(new LogIndex((ulong)chance.Between(0, (long)last.Index)));
        }
        else
        {
            // Its end, or a cut, comes in the midst of the next turns: nobody starts another before.
            world.Time.RunUntil(world.Time.NowNanoseconds + chance.Between(0, 3_000_000));
            WriteNumber durable = world.Durable;
            Stop(world, chance);
            world.StartMustSucceed();
            writer.Check(durable);
        }
    }

    private static void Install(StorageWorld world, LogWriter writer, Prng chance, ref ulong snapshot)
    {
        writer.Send();
        world.Time.RunUntilIdle();
        ulong least = world.Storage!.Checkpoints.Latest.Index.Value + 1;
        if (world.Failure is not null || snapshot >= least)
            return;
        ulong index = (ulong)chance.Between((long)least, (long)Math.Max(writer.Last + 20, least));
        List<LogWriter.Kept> now = writer.Now;
        int at = now.FindIndex(k => k.Index == index);
        ulong epoch = at >= 0 && chance.Chance(1, 2) ? now[at].Epoch : writer.Term;
        SnapshotInfo info = StorageWorld.InfoOf(index, epoch);
        byte[] state = StorageWorld.StateOf(info, (int)chance.Between(0, 150_000));
        world.Storage.Checkpoints.BeginReceive(StorageWorld.Group, info, state.Length);
        world.Storage.Checkpoints.Receive(StorageWorld.Group, state.AsSpan(0, state.Length / 3));
        world.Storage.Checkpoints.Receive(StorageWorld.Group, state.AsSpan(state.Length / 3));
        world.Storage.Checkpoints.EndReceive(StorageWorld.Group);
        world.Time.RunUntilIdle();
        if (world.LastReceived?.Index.Value != index)
            return; // the disk failed meanwhile
        writer.Install(info);
        writer.Append(30);
        snapshot = index;
    }
}
