using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Snapshots;

/// <summary>Writes own checkpoints, one block a step.</summary>
internal sealed class CheckpointWriting
{
    private readonly CheckpointStore store;
    private readonly JobRunner runner;
    private readonly DiskCalls calls;
    private byte[] block = [];

    public CheckpointWriting(IDisk disk, CheckpointStore store)
    {
        this.store = store;
        runner = new JobRunner(disk);
        calls = new DiskCalls(runner, background: true);
    }

    /// <summary>Starts one; the source is the job's from here on.</summary>
    public void Begin(GroupId group, SnapshotInfo info, ISnapshotSource source)
    {
        var writer = new BlockWriter(calls, store.NewFile(group));
        runner.Add(Steps(group, info, source, writer), fault => Failed(group, info, source, writer, fault));
    }

    private IEnumerable<DiskRequest?> Steps(GroupId group, SnapshotInfo info, ISnapshotSource source, BlockWriter writer)
    {
        foreach (DiskRequest? request in writer.Create())
            yield return request;
        if (block.Length == 0)
            block = new byte[BlockFile.BlockBytes];
        for (int length = Fill(source); length > 0; length = Fill(source))
        {
            foreach (DiskRequest? request in writer.Write(block.AsMemory(0, BlockFile.HeaderBytes + length)))
                yield return request;
        }

        source.Dispose();
        foreach (DiskRequest? request in writer.Finish())
            yield return request;
        store.Publisher.PublishOwn(store.ShelfOf(group), info, writer.File);
    }

    private int Fill(ISnapshotSource source)
    {
        int length = 0;
        while (length < BlockFile.ContentBytes)
        {
            int count = source.Read(block.AsSpan(BlockFile.HeaderBytes + length, BlockFile.ContentBytes - length));
            if (count == 0)
                break;
            length += count;
        }

        return length;
    }

    private void Failed(GroupId group, SnapshotInfo info, ISnapshotSource source, BlockWriter writer, DiskFaultException fault)
    {
        source.Dispose();
        if (fault.Error != DiskError.NoSpace)
        {
            store.Log.Fail($"writing a checkpoint: {fault.Message}");
            return;
        }

        runner.Add(GiveUp(group, info, writer, fault.Message), second => store.Log.Fail(second.Message));
    }

    private IEnumerable<DiskRequest?> GiveUp(GroupId group, SnapshotInfo info, BlockWriter writer, string cause)
    {
        foreach (DiskRequest? request in writer.Abandon())
            yield return request;
        store.Events.GivenUp(group, info, cause);
    }
}
