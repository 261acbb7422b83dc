using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Directories;
using Quorate.Storage.Jobs;
using Quorate.Storage.Records;
using Quorate.Storage.Snapshots;

namespace Quorate.Storage;

/// <summary>
/// A data directory: identity, hard state, log and checkpoints on one disk. Nothing in it waits or takes time: it moves when the disk
/// completes a request. Owner: the storage thread.
/// </summary>
public sealed class StorageStack : IStorage
{
    private readonly IStorageStart start;
    private readonly JobRunner opening;
    private readonly DiskCalls calls;
    private readonly OpenJob job;
    private readonly CheckpointStore checkpoints;
    private readonly StorageOptions options;
    private readonly ILogEvents events;
    private readonly IDisk disk;
    private SegmentedLog log = null!; // once opened; nobody has the stack before

    private StorageStack(
        IDisk disk, StorageOptions options, IRandomBits random, ILogEvents events, ICheckpointEvents checkpointEvents, IStorageStart start)
    {
        this.disk = disk;
        this.options = options;
        this.events = events;
        this.start = start;
        opening = new JobRunner(disk);
        calls = new DiskCalls(opening, background: false);
        checkpoints = new CheckpointStore(disk, random, options, checkpointEvents);
        job = new OpenJob(calls, options, random, checkpoints);
    }

    /// <inheritdoc/>
    public StorageIdentity Identity => job.Identity.Identity;

    /// <inheritdoc/>
    public InstanceId Instance => job.Identity.Instance;

    /// <inheritdoc/>
    public uint StartCount => job.Parts.HardState.StartCount;

    /// <inheritdoc/>
    public Configuration FirstConfiguration => job.FirstConfiguration;

    /// <inheritdoc/>
    public ILog Log => log;

    /// <inheritdoc/>
    public ICheckpoints Checkpoints => checkpoints;

    /// <summary>The log is durable up to this offset: bytes since the directory was made. For observers.</summary>
    public long DurableOffset => log.Durable;

    /// <summary>
    /// Opens the data directory at the root of <paramref name="disk"/>, making it where it is new. Answers by
    /// <see cref="IStorageStart.Opened"/> or <see cref="IStorageStart.Refused"/>.
    /// </summary>
    public static void Open(
        IDisk disk, StorageOptions options, IRandomBits random, ILogEvents log, ICheckpointEvents checkpoints, IStorageStart start)
    {
        var stack = new StorageStack(disk, options, random, log, checkpoints, start);
        stack.opening.Add(stack.OpenSteps(), stack.OpenFailed);
    }

    /// <inheritdoc/>
    public HardState HardStateOf(GroupId group) => job.Parts.HardState.Of(group);

    /// <inheritdoc/>
    public void Restore(GroupId group, ISnapshotSink sink) => checkpoints.Restore(group, sink, start, RestoreFailed);

    /// <inheritdoc/>
    public void Recover(GroupId group) => log.Recover(group, start);

    /// <inheritdoc/>
    public void Idle()
    {
        log.Idle();
        checkpoints.Idle();
    }

    private IEnumerable<DiskRequest?> OpenSteps()
    {
        foreach (DiskRequest? request in job.Run())
            yield return request;
        log = new SegmentedLog(disk, job.Parts, options, events, checkpoints);
        checkpoints.Log = log;
        start.Opened(this);
        log.Begun();
    }

    private void OpenFailed(DiskFaultException fault) => Refuse(RefusalOf(fault));

    private void RestoreFailed(DiskFaultException fault)
    {
        log.Stop();
        start.Refused(RefusalOf(fault));
    }

    private StorageRefusedException RefusalOf(DiskFaultException fault)
    {
        if (fault.Refusal is { } kind)
            return new StorageRefusedException(kind, fault.Message);
        string where = $"{options.DirectoryName}: {fault.Message}";
        return fault.Error switch
        {
            DiskError.None => new StorageRefusedException(StorageRefusal.Damaged, where),
            DiskError.NoSpace => new StorageRefusedException(StorageRefusal.Full, $"{options.DirectoryName} has no space left ({fault.Message})"),
            DiskError.ReadOnly => new StorageRefusedException(StorageRefusal.ReadOnly, $"{options.DirectoryName} is on a read-only file system"),
            DiskError.Denied => new StorageRefusedException(StorageRefusal.ReadOnly, $"{options.DirectoryName} is not permitted ({fault.Message})"),
            DiskError.NotFound or DiskError.Exists or DiskError.Busy or DiskError.Device =>
                new StorageRefusedException(StorageRefusal.Device, where),
        };
    }

    private void Refuse(StorageRefusedException why) =>
        opening.Add(CloseAll(why), fault => start.Refused(new StorageRefusedException(why.Kind, $"{why.Message}; then {fault.Message}")));

    private IEnumerable<DiskRequest?> CloseAll(StorageRefusedException why)
    {
        foreach (DiskFile file in job.OpenFiles)
        {
            yield return calls.Close(file);
            calls.Expect("closing");
        }

        start.Refused(why);
    }
}
