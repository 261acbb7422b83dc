using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Snapshots;

/// <summary>Writes own checkpoints, a few blocks a step.</summary>
internal sealed class CheckpointWriting
{
    private readonly CheckpointStore store;
    private readonly JobRunner runner;
    private readonly DiskCalls calls;

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
        foreach (DiskRequest? request in writer.WriteAll(source))
            yield return request;
        source.Dispose();
        foreach (DiskRequest? request in writer.Finish())
            yield return request;
        store.Publisher.PublishOwn(store.ShelfOf(group), info, writer.File);
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
