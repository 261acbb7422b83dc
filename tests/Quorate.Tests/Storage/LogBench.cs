using System.Diagnostics;
using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage;
using Xunit;

namespace Quorate.Tests.Storage;

/// <summary>
/// What the log costs on this machine's disk. Run by hand: <c>dotnet Quorate.Tests.dll -class Quorate.Tests.Storage.LogBench -explicit only</c>;
/// LOG_BENCH_DIR names the disk to measure.
/// </summary>
public sealed class LogBench(ITestOutputHelper output)
{
    [Theory(Explicit = true)]
    [InlineData(1, 256)]
    [InlineData(16, 256)]
    [InlineData(200, 256)]
    [InlineData(1000, 256)]
    [InlineData(1, 65536)]
    public void Appends(int entriesQueued, int payloadBytes) => output.WriteLine(new LogLoad().Run(entriesQueued, payloadBytes));
}

/// <summary>Appends batches to a log on a real disk, one after the other.</summary>
internal sealed class LogLoad : ILogEvents, ICheckpointEvents, IStorageStart
{
    private readonly BlockPool pool = new();
    private readonly Stack<LogBatch> spare = new();
    private IStorage? storage;
    private WriteNumber durable;

    /// <summary>Runs for 4 s.</summary>
    public string Run(int entriesQueued, int payloadBytes)
    {
        string root = Path.Combine(Environment.GetEnvironmentVariable("LOG_BENCH_DIR") ?? Path.GetTempPath(), $"quorate-bench-{Guid.NewGuid():n}");
        using var disk = new RealDisk(root);
        var counted = new CountingDisk(disk);
        var options = new StorageOptions { Identity = new StorageIdentity(1, new NodeId(1), "raft", "bench") };
        long began = Stopwatch.GetTimestamp();
        StorageStack.Open(counted, options, new SystemRandomBits(), this, this, this);
        while (storage is null)
            disk.RunCompleted();
        string opened = $"opened in {Stopwatch.GetElapsedTime(began).TotalMilliseconds:f0} ms";

        Payload payload = Payload.Copy(pool, new byte[payloadBytes]);
        ulong number = 0;
        long entries = 0;
        long flushes = 0;
        Round(disk, ref number, ref entries, entriesQueued, payload, rounds: 500);
        counted.Reset();
        entries = 0;
        long allocated = GC.GetAllocatedBytesForCurrentThread();
        TimeSpan cpu = Process.GetCurrentProcess().TotalProcessorTime;
        began = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(began).TotalSeconds < 4)
        {
            Round(disk, ref number, ref entries, entriesQueued, payload, rounds: 1);
            flushes++;
        }

        double seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
        string result =
            $"{opened}; {entriesQueued} x {payloadBytes} B: {entries / seconds:n0} appends/s, {flushes / seconds:n0} batches/s, {1e6 * seconds / flushes:f0} us a batch, "
            + $"sync {counted.SyncMicroseconds:f0} us mean ({counted.Syncs} syncs), writes {counted.WriteMicroseconds:f1} us a batch, "
            + $"CPU {(Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalMicroseconds / entries:f2} us an entry, "
            + $"allocated {(GC.GetAllocatedBytesForCurrentThread() - allocated) / (double)entries:f1} B an entry";
        disk.Dispose();
        Directory.Delete(root, recursive: true);
        return result;
    }

    public void Written(LogBatch batch)
    {
        batch.Clear();
        spare.Push(batch);
    }

    public void Durable(GroupId group, WriteNumber upTo) => durable = upTo;

    public void Loaded(GroupId group, ulong ticket, List<LoadedEntry> entries, byte[] bytes)
    {
    }

    public void Missing(GroupId group, ulong ticket)
    {
    }

    public void Room(bool room)
    {
    }

    public void Failed(string cause) => throw new InvalidOperationException(cause);

    public void Published(GroupId group, SnapshotInfo info, long lengthBytes) => storage!.Log.Drop(group, info.Index);

    public void GivenUp(GroupId group, SnapshotInfo info, string cause)
    {
    }

    public void Taken(GroupId group, long totalBytes)
    {
    }

    public void Received(GroupId group, SnapshotInfo info)
    {
    }

    public void ReceiveFailed(GroupId group, SnapshotInfo info, string cause)
    {
    }

    public void Opened(GroupId group, ulong reader, SnapshotInfo info, long lengthBytes)
    {
    }

    public void Piece(GroupId group, ulong reader, byte[] bytes)
    {
    }

    void IStorageStart.Opened(IStorage storage) => this.storage = storage;

    public void Restored(GroupId group)
    {
    }

    public void Record(GroupId group, in RecoveredRecord record, ReadOnlySpan<byte> payload)
    {
    }

    public void Recovered(GroupId group)
    {
    }

    public void Refused(StorageRefusedException why) => throw why;

    /// <summary>Writes batches of one append each, waiting for each; a checkpoint now and then lets segments be used again.</summary>
    private void Round(RealDisk disk, ref ulong number, ref long entries, int count, Payload payload, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            if (!spare.TryPop(out LogBatch? batch))
                batch = new LogBatch();
            ulong last = number * (ulong)count;
            for (int i = 1; i <= count; i++)
                batch.Entries.Add(new Entry(new LogIndex(last + (ulong)i), new Epoch(1), EntryKind.Command, payload));
            batch.Writes.Add(new LogWrite(new(++number), LogWriteKind.Append, 0, count));
            storage!.Log.Write(batch);
            while (durable.Value < number)
                disk.RunCompleted();
            entries += count;
            if (number * (ulong)count / 300_000 != last / 300_000)
            {
                var info = new SnapshotInfo(new LogIndex(last), new Epoch(1), Configuration.Empty);
                storage.Checkpoints.Write(default, info, new BytesSource(new byte[100]));
            }
        }
    }

    private sealed class CountingDisk(RealDisk disk) : IDisk
    {
        private long syncTicks;
        private long writeTicks;

        public long Syncs { get; private set; }

        public double SyncMicroseconds => syncTicks * 1e6 / Stopwatch.Frequency / Math.Max(Syncs, 1);

        public double WriteMicroseconds => writeTicks * 1e6 / Stopwatch.Frequency / Math.Max(Syncs, 1);

        public void Reset()
        {
            Syncs = 0;
            syncTicks = 0;
            writeTicks = 0;
        }

        public void Submit(DiskRequest request)
        {
            long began = Stopwatch.GetTimestamp();
            bool background = request.Background;
            DiskOperation operation = request.Operation;
            disk.Submit(request);
            if (background)
                return;
            long took = Stopwatch.GetTimestamp() - began;
            if (operation == DiskOperation.Sync)
            {
                Syncs++;
                syncTicks += took;
            }
            else if (operation == DiskOperation.Write)
            {
                writeTicks += took;
            }
        }
    }
}
