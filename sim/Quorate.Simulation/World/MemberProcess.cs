using Quorate.Consensus;
using Quorate.Replica;
using Quorate.Storage;

namespace Quorate.Simulation;

/// <summary>
/// One life of a member's process: the production storage, loop and store on virtual time. It starts as a host would: opens the
/// directory, restores the checkpoint, reads the log, runs. Owner: its world.
/// </summary>
internal sealed class MemberProcess : IStorageStart, ILogEvents, ICheckpointEvents, IReplicaObserver, IDisposable
{
    private readonly Machine member;
    private readonly WorldOptions options;
    private readonly List<LoadedEntry> recovered = [];
    private readonly List<byte> recoveredBytes = [];
    private readonly LoopDriver driver;
    private readonly SeededBits bits;
    private ISnapshotSink? sink;
    private RecordedCore? recorded; // only of a run that is replayed to be looked at
    private bool ended;

    public MemberProcess(Machine member, WorldOptions options, ulong seed)
    {
        this.member = member;
        this.options = options;
        var chance = new Prng(seed);
        Seed = chance.NextUInt64();
        Disk = new SimulatedDisk(member.World.Time, member.Image, chance.NextUInt64(), member.DiskFaults)
        {
            Observer = request => member.World.Watch.Trace.Add(
                member.Id.Value << 16 | (ulong)request.Operation << 8 | (ulong)request.Error, (ulong)request.Offset),
        };
        Machine = new CheckedStateMachine(WorldOptions.NewStore(), member.Id, member.World.Watch, wantsAll: Seed >> 63 == 0);
        driver = new LoopDriver(this, member, chance);
        bits = new SeededBits(new Prng(chance.NextUInt64()));
        FaultsAtStart = member.DiskFaults.Failed;
    }

    public SimulatedDisk Disk { get; }

    public CheckedStateMachine Machine { get; }

    public IStorage? Storage { get; private set; }

    public ProcessCallers? Callers { get; private set; }

    public LoopDriver Driver => driver;

    /// <summary>The core behind its window; null until the directory is open.</summary>
    public ObservedCore? Core { get; private set; }

    public ulong Seed { get; }

    /// <summary>Requests of this process that the disk failed because it was told to.</summary>
    public int FaultsAtStart { get; }

    /// <summary>Whether it takes part.</summary>
    public bool Running => driver.Loop is { } loop && loop.Status.Start == StartState.Running;

    /// <summary>It begins.</summary>
    public void Start() => StorageStack.Open(Disk, options.StorageOf(member.Id, Seed) with { FirstConfiguration = member.First }, bits, this, this, this);

    /// <summary>It ends without warning.</summary>
    public void Kill(bool power)
    {
        ended = true;
        recorded?.Ended(power);
        driver.Stop();
        Disk.Kill();
        Callers?.Ended();
        Dispose();
    }

    /// <summary>The run is over: its memory is given back.</summary>
    public void Dispose()
    {
        driver.Dispose();
        Machine.Store.Dispose();
    }

    void IStorageStart.Opened(IStorage storage)
    {
        Storage = storage;
        if (storage.Checkpoints.Latest.Index == LogIndex.Zero)
        {
            Begin(SnapshotInfo.Initial(storage.FirstConfiguration));
            return;
        }

        sink = Machine.Restore();
        storage.Restore(World.Group, sink);
    }

    void IStorageStart.Restored(GroupId group)
    {
        sink!.Complete();
        sink.Dispose();
        sink = null;
        Machine.Restored(Storage!.Checkpoints.Latest.Index);
        Begin(Storage.Checkpoints.Latest);
    }

    void IStorageStart.Record(GroupId group, in RecoveredRecord record, ReadOnlySpan<byte> payload)
    {
        recovered.Add(new LoadedEntry(
            record.Index, record.Epoch, record.Kind, recoveredBytes.Count, payload.Length, record.Checksum));
        recoveredBytes.AddRange(payload);
        if (recoveredBytes.Count > 64 << 10)
            PostRecovered();
    }

    void IStorageStart.Recovered(GroupId group)
    {
        PostRecovered();
        driver.Post(ReplicaEvent.RecoveryEnded());
    }

    void IStorageStart.Refused(StorageRefusedException why) => member.Refused(why);

    void ILogEvents.Written(LogBatch batch) => driver.Post(ReplicaEvent.LogWritten(batch));

    void ILogEvents.Durable(GroupId group, WriteNumber upTo)
    {
        driver.LogWasBusy();
        driver.Post(ReplicaEvent.LogDurable(upTo));
    }

    void ILogEvents.Loaded(GroupId group, ulong ticket, List<LoadedEntry> entries, byte[] bytes) =>
        driver.Post(ReplicaEvent.LogLoaded(ticket, entries, bytes));

    void ILogEvents.Missing(GroupId group, ulong ticket) => driver.Post(ReplicaEvent.LogMissing(ticket));

    void ILogEvents.Room(bool room)
    {
        driver.LogWasBusy(room);
        driver.Post(ReplicaEvent.LogRoom(room));
    }

    void ILogEvents.Failed(string cause) => member.Failed(cause);

    void ICheckpointEvents.Published(GroupId group, SnapshotInfo info, long lengthBytes) =>
        driver.Post(ReplicaEvent.CheckpointPublished(info, lengthBytes));

    void ICheckpointEvents.GivenUp(GroupId group, SnapshotInfo info, string cause) =>
        driver.Post(ReplicaEvent.CheckpointGivenUp(cause));

    void ICheckpointEvents.Received(GroupId group, SnapshotInfo info)
    {
        member.SnapshotSteps++;
        driver.Post(ReplicaEvent.SnapshotReceived(info));
    }

    void ICheckpointEvents.ReceiveFailed(GroupId group, SnapshotInfo info, string cause) =>
        driver.Post(ReplicaEvent.SnapshotReceiveFailed(cause));

    void ICheckpointEvents.Taken(GroupId group, long totalBytes)
    {
        member.SnapshotSteps++;
        driver.Post(ReplicaEvent.SnapshotTaken(totalBytes));
    }

    void ICheckpointEvents.Opened(GroupId group, ulong reader, SnapshotInfo info, long lengthBytes) =>
        driver.Post(ReplicaEvent.ReaderOpened(reader, info, lengthBytes));

    void ICheckpointEvents.Piece(GroupId group, ulong reader, byte[] bytes) =>
        driver.Post(ReplicaEvent.ReaderPiece(reader, bytes));

    void IReplicaObserver.Noticed(in Notice notice)
    {
        member.World.Noticed(member, notice);
        if (member.World.Recorder is not null)
            member.World.Note(member.Id, $"{notice.Kind} {notice.Index} {notice.Cause}");
    }

    private void Begin(SnapshotInfo checkpoint)
    {
        if (ended)
            return;
        IStorage storage = Storage!;
        IConsensusCore core = options.Engine.Create(options.Replica.Core);
        if (member.World.Recorder is { } recorder)
            core = recorded = new RecordedCore(core, member, recorder);
        Core = member.World.Watch.Observe(core, member.Id, text => member.World.NoteRole(member.Id, text));
        Callers = new ProcessCallers(this, member, storage.Instance, storage.StartCount);
        var start = new ReplicaStart(
            World.Group,
            member.Id,
            storage.Instance,
            storage.StartCount,
            storage.HardStateOf(World.Group),
            checkpoint,
            storage.Checkpoints.LatestBytes,
            member.TickNow,
            Seed);
        driver.Begin(start, options.Replica, Core, storage, Callers, this);
        member.Opened(storage.Instance);
        storage.Recover(World.Group);
    }

    private void PostRecovered()
    {
        if (recovered.Count == 0)
            return;
        driver.Post(ReplicaEvent.Recovered([.. recovered], [.. recoveredBytes]));
        recovered.Clear();
        recoveredBytes.Clear();
    }
}
