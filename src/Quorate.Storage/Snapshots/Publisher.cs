using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;
using Quorate.Storage.Records;

namespace Quorate.Storage.Snapshots;

/// <summary>
/// Publishes checkpoints, one at a time: writes the manifest beside the old one, syncs it, and renames it. Installed snapshots and own
/// checkpoints pass through the same queue, so that an older one never replaces a newer.
/// </summary>
internal sealed class Publisher
{
    private readonly CheckpointStore store;
    private readonly JobRunner runner;
    private readonly JobRunner removals; // large files go piece by piece: an install, and the log behind it, must not wait for that
    private readonly DiskCalls calls;
    private readonly DiskCalls removing;
    private bool lacksSpace; // for the manifest that was to be published last

    public Publisher(IDisk disk, CheckpointStore store)
    {
        this.store = store;
        runner = new JobRunner(disk);
        calls = new DiskCalls(runner, background: false); // an install holds up the log
        removals = new JobRunner(disk);
        removing = new DiskCalls(removals, background: true);
    }

    /// <summary>Publishes an own checkpoint whose file is durable.</summary>
    public void PublishOwn(CheckpointShelf shelf, SnapshotInfo info, BlockFile file) =>
        runner.Add(OwnSteps(shelf, info, file), fault => OwnFailed(shelf, info, file, fault));

    /// <summary>Publishes a received snapshot.</summary>
    public void Install(GroupLog group, CheckpointShelf shelf, SnapshotInfo info, BlockFile file, long durableOffset) =>
        runner.Add(InstallSteps(group, shelf, info, file, durableOffset), fault => store.Log.Fail($"installing a snapshot: {fault.Message}"));

    /// <summary>Looks again for space that an install lacked: everything written after it waits for it.</summary>
    public void Idle() => runner.Wake();

    /// <summary>Removes a file that nobody needs. Should the process end before, the next start finds that nothing names it.</summary>
    public void Remove(BlockFile file) => removals.Add(
        FileRemoval.Steps(removing, file.Path, file.LengthBytes), fault => store.Log.Fail(fault.Message));

    private IEnumerable<DiskRequest?> OwnSteps(CheckpointShelf shelf, SnapshotInfo info, BlockFile file)
    {
        yield return calls.Later();
        if (shelf.Latest.Index >= info.Index)
        {
            Remove(file);
            store.Events.GivenUp(shelf.Group, info, $"a newer one, of entry {shelf.Latest.Index}, was installed meanwhile");
            yield break;
        }

        Manifest manifest = new()
        {
            Group = shelf.Group,
            Info = info,
            Applied = info.Index,
            File = file,
            LogOffset = store.Log.Durable,
            // What an installed snapshot replaced stays replaced.
            CutOffset = shelf.Published?.CutOffset ?? 0,
            CutIndex = shelf.Published?.CutIndex ?? LogIndex.Zero,
        };
        foreach (DiskRequest? request in Publish(shelf, manifest))
            yield return request;
        if (lacksSpace)
            throw new DiskFaultException(DiskError.NoSpace, $"writing {Manifest.NewPathOf(shelf.Group)}: {DiskFaultException.Spell(DiskError.NoSpace)}");
        store.Events.Published(shelf.Group, info, file.LengthBytes);
    }

    private IEnumerable<DiskRequest?> InstallSteps(
        GroupLog group, CheckpointShelf shelf, SnapshotInfo info, BlockFile file, long durableOffset)
    {
        yield return calls.Later();
        Invariant.Check(info.Index > shelf.Latest.Index); // an old snapshot never replaces a newer state
        long cutOffset = shelf.Published?.CutOffset ?? 0;
        LogIndex cutIndex = shelf.Published?.CutIndex ?? LogIndex.Zero;
        if (store.InstalledLog == InstalledLogRule.KeepAbove)
        {
            cutOffset = durableOffset;
            cutIndex = info.Index;
        }
        else
        {
            var match = new EpochFound();
            foreach (DiskRequest? request in store.Log.FindEpoch(calls, group, info.Index, match))
                yield return request;
            if (match.Epoch != info.Epoch)
            {
                cutOffset = durableOffset;
                cutIndex = new LogIndex(ulong.MaxValue);
            }
        }

        Manifest manifest = new()
        {
            Group = shelf.Group,
            Info = info,
            Applied = info.Index,
            File = file,
            LogOffset = durableOffset,
            CutOffset = cutOffset,
            CutIndex = cutIndex,
        };
        foreach (DiskRequest? request in Publish(shelf, manifest))
            yield return request;
        while (lacksSpace)
        {
            yield return null;
            foreach (DiskRequest? request in Publish(shelf, manifest))
                yield return request;
        }

        store.Log.Installed(shelf.Group, cutOffset, cutIndex);
    }

    /// <summary>Publishes, unless there is no space for it: then <see cref="lacksSpace"/> says so.</summary>
    private IEnumerable<DiskRequest?> Publish(CheckpointShelf shelf, Manifest manifest)
    {
        string path = Manifest.NewPathOf(shelf.Group);
        yield return calls.Delete(path);
        calls.Expect($"removing {path}");
        yield return calls.Create(path);
        lacksSpace = calls.Error == DiskError.NoSpace;
        if (lacksSpace)
            yield break;
        calls.Expect($"creating {path}");
        DiskFile file = calls.File;
        yield return calls.Write(file, 0, manifest.ToBytes());
        DiskError error = calls.Error;
        if (error == DiskError.None)
        {
            yield return calls.Sync(file);
            error = calls.Error;
        }

        yield return calls.Close(file);
        calls.Expect($"closing {path}");
        lacksSpace = error == DiskError.NoSpace;
        if (lacksSpace)
            yield break;
        if (error != DiskError.None)
            throw new DiskFaultException(error, $"writing {path}: {DiskFaultException.Spell(error)}");
        yield return calls.SyncDirectory("snap");
        calls.Expect("syncing directory snap");
        yield return calls.Rename(path, Manifest.PathOf(shelf.Group));
        calls.Expect($"naming {path} {Manifest.PathOf(shelf.Group)}");
        yield return calls.SyncDirectory("snap");
        // The new name is there already, durable or not: nothing but stopping is safe.
        if (calls.Error != DiskError.None)
            throw new DiskFaultException(DiskError.Device, $"syncing directory snap: {DiskFaultException.Spell(calls.Error)}");
        if (shelf.Publish(manifest) is { } before)
            Remove(before);
    }

    private void OwnFailed(CheckpointShelf shelf, SnapshotInfo info, BlockFile file, DiskFaultException fault)
    {
        if (fault.Error != DiskError.NoSpace)
        {
            store.Log.Fail($"publishing a checkpoint: {fault.Message}");
            return;
        }

        Remove(file);
        store.Events.GivenUp(shelf.Group, info, fault.Message);
    }
}
