using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Snapshots;

/// <summary>Writes a snapshot as it arrives. It becomes the checkpoint only when a log write says so.</summary>
internal sealed class SnapshotReceiving
{
    private readonly CheckpointStore store;
    private readonly JobRunner runner;
    private readonly DiskCalls calls;
    private Arriving? current; // until it is whole, given up, or failed
    private Whole? whole; // until it is installed, replaced or thrown away

    public SnapshotReceiving(IDisk disk, CheckpointStore store)
    {
        this.store = store;
        runner = new JobRunner(disk);
        calls = new DiskCalls(runner, background: true);
    }

    /// <summary>Starts a new one; an unfinished one is given up.</summary>
    public void Begin(GroupId group, SnapshotInfo info, long lengthBytes)
    {
        GiveUpCurrent();
        var arriving = new Arriving(group, info, lengthBytes, new BlockWriter(calls, store.NewFile(group)));
        current = arriving;
        runner.Add(Steps(arriving), fault => Failed(arriving, fault));
    }

    /// <summary>The next bytes; ignored when their snapshot has failed meanwhile, as was told.</summary>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        if (current is null)
            return;
        current.Add(bytes);
        runner.Wake();
    }

    /// <summary>No more bytes come.</summary>
    public void End()
    {
        if (current is null)
            return;
        current.HasEnded = true;
        runner.Wake();
    }

    /// <summary>Gives up the one that arrives, or throws the whole one away.</summary>
    public void Abandon()
    {
        GiveUpCurrent();
        ThrowAway();
    }

    /// <summary>The whole one is to be installed: its file is the caller's from here on.</summary>
    public BlockFile Claim(GroupId group, SnapshotInfo info)
    {
        Invariant.Check(whole is not null && whole.Group == group && whole.Info.Index == info.Index && whole.Info.Epoch == info.Epoch);
        BlockFile file = whole.File;
        whole = null;
        return file;
    }

    private void GiveUpCurrent()
    {
        if (current is null)
            return;
        current.IsGivenUp = true;
        current = null;
        runner.Wake();
    }

    private void ThrowAway()
    {
        if (whole is not null)
            store.Publisher.Remove(whole.File);
        whole = null;
    }

    private IEnumerable<DiskRequest?> Steps(Arriving arriving)
    {
        foreach (DiskRequest? request in arriving.Writer.Create())
            yield return request;
        while (!arriving.IsGivenUp)
        {
            if (arriving.Next() is { } block)
            {
                foreach (DiskRequest? request in arriving.Writer.Write(block))
                    yield return request;
            }
            else if (arriving.HasUntold)
            {
                // What fills no block yet stays in memory: less than one, and so as good as taken.
                yield return calls.Later();
                while (arriving.TryTell(out long totalBytes) && !arriving.IsGivenUp)
                    store.Events.Taken(arriving.Group, totalBytes);
            }
            else if (arriving.HasEnded)
            {
                break;
            }
            else
            {
                yield return null;
            }
        }

        if (!arriving.IsGivenUp)
        {
            foreach (DiskRequest? request in arriving.Writer.Finish())
                yield return request;
        }

        bool fits = arriving.Writer.File.LengthBytes == arriving.LengthBytes;
        if (arriving.IsGivenUp || !fits)
        {
            foreach (DiskRequest? request in arriving.Writer.Abandon())
                yield return request;
        }

        if (arriving.IsGivenUp)
            yield break;
        current = null;
        if (fits)
            Keep(arriving);
        else
            store.Events.ReceiveFailed(arriving.Group, arriving.Info, $"{arriving.Writer.File.LengthBytes} of {arriving.LengthBytes} bytes came");
    }

    private void Keep(Arriving arriving)
    {
        ThrowAway();
        whole = new Whole(arriving.Group, arriving.Info, arriving.Writer.File);
        store.Events.Received(arriving.Group, arriving.Info);
    }

    private void Failed(Arriving arriving, DiskFaultException fault)
    {
        if (fault.Error != DiskError.NoSpace)
        {
            store.Log.Fail($"receiving a snapshot: {fault.Message}");
            return;
        }

        if (current == arriving)
            current = null;
        runner.Add(Remove(arriving, fault.Message), second => store.Log.Fail(second.Message));
    }

    private IEnumerable<DiskRequest?> Remove(Arriving arriving, string cause)
    {
        foreach (DiskRequest? request in arriving.Writer.Abandon())
            yield return request;
        if (!arriving.IsGivenUp)
            store.Events.ReceiveFailed(arriving.Group, arriving.Info, cause);
    }

    private sealed record Whole(GroupId Group, SnapshotInfo Info, BlockFile File);

    private sealed class Arriving(GroupId group, SnapshotInfo info, long lengthBytes, BlockWriter writer)
    {
        private readonly Queue<Memory<byte>> blocks = new();
        private readonly Queue<long> untold = new(); // of each piece: bytes so far
        private long totalBytes;
        private byte[] filling = [];
        private int filled;

        public GroupId Group => group;

        public SnapshotInfo Info => info;

        public long LengthBytes => lengthBytes;

        public BlockWriter Writer => writer;

        public bool HasEnded { get; set; }

        public bool IsGivenUp { get; set; }

        /// <summary>Whether pieces were added of which nobody was told.</summary>
        public bool HasUntold => untold.Count > 0;

        /// <summary>The next piece to tell of.</summary>
        public bool TryTell(out long upTo) => untold.TryDequeue(out upTo);

        /// <summary>Copies bytes into blocks, each with room for its header.</summary>
        public void Add(ReadOnlySpan<byte> bytes)
        {
            totalBytes += bytes.Length;
            untold.Enqueue(totalBytes);
            while (!bytes.IsEmpty)
            {
                if (filling.Length == 0)
                {
                    filling = new byte[BlockFile.BlockBytes];
                    filled = BlockFile.HeaderBytes;
                }

                int count = Math.Min(bytes.Length, filling.Length - filled);
                bytes[..count].CopyTo(filling.AsSpan(filled));
                filled += count;
                bytes = bytes[count..];
                if (filled == filling.Length)
                    Close();
            }
        }

        /// <summary>The next block to be written; the last one may be short.</summary>
        public Memory<byte>? Next()
        {
            if (HasEnded && filling.Length > 0)
                Close();
            return blocks.TryDequeue(out Memory<byte> block) ? block : (Memory<byte>?)null; // a bare null would be an empty block
        }

        private void Close()
        {
            blocks.Enqueue(filling.AsMemory(0, filled));
            filling = [];
        }
    }
}
