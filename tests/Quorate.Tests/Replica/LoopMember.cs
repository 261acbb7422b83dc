using System.Runtime.InteropServices;
using System.Text;
using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Replica;
using Quorate.Simulation;
using Quorate.Storage;

namespace Quorate.Tests.Replica;

/// <summary>One life of a member's process on the simulated disk.</summary>
internal sealed class LoopMember
    : IStorageStart, ILogEvents, ICheckpointEvents, IApplier, IApplyEvents, IPeers, ICallers, IReplicaObserver, IDisposable
{
    private readonly LoopWorld world;
    private readonly RecoveredRecords records;
    private readonly Queue<Action> apply = new();
    private readonly ApplyWork work;
    private ISnapshotSink? sink;
    private IStorage? storage;
    private ReplicaLoop? loop;
    private ProposalBatch? proposals;
    private ulong lastProposal;

    public LoopMember(LoopWorld world, NodeId id, DiskImage image)
    {
        this.world = world;
        Id = id;
        Image = image;
        Disk = new SimulatedDisk(world.Time, image, id.Value);
        records = new RecoveredRecords(1 << 16, recovered => Arrived.Add(recovered));
        work = new ApplyWork(Machine, this, this);
        var options = new StorageOptions
        {
            Identity = new StorageIdentity(1, id, "scripted", ""), FirstConfiguration = world.First, SegmentBytes = 64 << 10, FlushBytesMax = 32 << 10,
        };
        StorageStack.Open(Disk, options, new TestBits(id.Value), this, this, this);
    }

    public NodeId Id { get; }

    public DiskImage Image { get; }

    public SimulatedDisk Disk { get; }

    public ScriptedCore Core { get; } = new();

    public CountingPool Pool { get; } = new();

    public TextMachine Machine { get; } = new();

    public List<ReplicaEvent> Arrived { get; } = [];

    public Dictionary<ulong, string> Answers { get; } = [];

    public Dictionary<ulong, Failure> Failures { get; } = [];

    public List<ulong> ReadsReady { get; } = [];

    /// <summary>How changes and transfers ended; null: as wished.</summary>
    public Dictionary<ulong, Failure?> Ended { get; } = [];

    public List<Notice> Notices { get; } = [];

    /// <summary>Whose links the loop wanted ended.</summary>
    public List<NodeId> Dropped { get; } = [];

    /// <summary>Apply stands still.</summary>
    public bool ApplyHolds { get; set; }

    public ReplicaLoop Loop => loop!;

    /// <summary>A caller proposes; taken at the next step.</summary>
    public ulong Propose(string text)
    {
        proposals!.Add(++lastProposal, Encoding.UTF8.GetBytes(text));
        return lastProposal;
    }

    /// <summary>The storage thread has nothing else to do.</summary>
    public void StorageRests() => storage!.Idle();

    public void Read(ulong number) => Arrived.Add(ReplicaEvent.Read(number));

    /// <summary>One turn of the loop and of apply, if there is anything to do.</summary>
    public bool Step(bool always = false)
    {
        bool moved = false;
        while (!ApplyHolds && apply.TryDequeue(out Action? action))
        {
            action();
            moved = true;
        }

        if (loop is null || (!always && Arrived.Count == 0 && proposals!.Count == 0))
            return moved;
        ReplicaEvent[] taken = [.. Arrived, .. proposals!.Count > 0 ? [ReplicaEvent.Proposals(proposals)] : Array.Empty<ReplicaEvent>()];
        Arrived.Clear();
        loop.Step(world.Now, taken);
        proposals.Clear();
        return true;
    }

    public void Dispose() => work.Dispose();

    void IStorageStart.Opened(IStorage opened)
    {
        storage = opened;
        if (opened.Checkpoints.Latest.Index == LogIndex.Zero)
            Begin(SnapshotInfo.Initial(opened.FirstConfiguration));
        else
            opened.Restore(default, sink = Machine.Restore());
    }

    void IStorageStart.Restored(GroupId group)
    {
        sink!.Complete();
        Begin(storage!.Checkpoints.Latest);
    }

    void IStorageStart.Record(GroupId group, in RecoveredRecord record, ReadOnlySpan<byte> payload) => records.Add(record, payload);

    void IStorageStart.Recovered(GroupId group)
    {
        records.Flush();
        Arrived.Add(ReplicaEvent.RecoveryEnded());
    }

    void IStorageStart.Refused(StorageRefusedException why) => throw why;

    void ILogEvents.Written(LogBatch batch) => Arrived.Add(ReplicaEvent.LogWritten(batch));

    void ILogEvents.Durable(GroupId group, WriteNumber upTo) => Arrived.Add(ReplicaEvent.LogDurable(upTo));

    void ILogEvents.Loaded(GroupId group, ulong ticket, List<LoadedEntry> entries, byte[] bytes) =>
        Arrived.Add(ReplicaEvent.LogLoaded(ticket, entries, bytes));

    void ILogEvents.Missing(GroupId group, ulong ticket) => Arrived.Add(ReplicaEvent.LogMissing(ticket));

    void ILogEvents.Room(bool room) => Arrived.Add(ReplicaEvent.LogRoom(room));

    void ILogEvents.Failed(string cause) => throw new InvalidOperationException(cause);

    void ICheckpointEvents.Published(GroupId group, SnapshotInfo info, long lengthBytes) =>
        Arrived.Add(ReplicaEvent.CheckpointPublished(info, lengthBytes));

    void ICheckpointEvents.GivenUp(GroupId group, SnapshotInfo info, string cause) => Arrived.Add(ReplicaEvent.CheckpointGivenUp(cause));

    void ICheckpointEvents.Taken(GroupId group, long totalBytes) => Arrived.Add(ReplicaEvent.SnapshotTaken(totalBytes));

    void ICheckpointEvents.Received(GroupId group, SnapshotInfo info) => Arrived.Add(ReplicaEvent.SnapshotReceived(info));

    void ICheckpointEvents.ReceiveFailed(GroupId group, SnapshotInfo info, string cause) =>
        Arrived.Add(ReplicaEvent.SnapshotReceiveFailed(cause));

    void ICheckpointEvents.Opened(GroupId group, ulong reader, SnapshotInfo info, long lengthBytes) =>
        Arrived.Add(ReplicaEvent.ReaderOpened(reader, info, lengthBytes));

    void ICheckpointEvents.Piece(GroupId group, ulong reader, byte[] bytes) => Arrived.Add(ReplicaEvent.ReaderPiece(reader, bytes));

    void IApplier.Submit(ApplyBatch batch) => apply.Enqueue(() => work.Apply(batch));

    void IApplier.Capture() => apply.Enqueue(work.Capture);

    void IApplier.RestoreBegin() => apply.Enqueue(work.RestoreBegin);

    void IApplier.RestorePiece(byte[] bytes) => apply.Enqueue(() => work.RestorePiece(bytes));

    void IApplier.RestoreEnd(LogIndex upTo) => apply.Enqueue(() => work.RestoreEnd(upTo));

    void IApplyEvents.Applied(ApplyBatch batch) => Arrived.Add(ReplicaEvent.Applied(batch));

    void IApplyEvents.Captured(ISnapshotSource source) => Arrived.Add(ReplicaEvent.Captured(source));

    void IApplyEvents.RestoreTaken() => Arrived.Add(ReplicaEvent.RestoreTaken());

    void IApplyEvents.Restored() => Arrived.Add(ReplicaEvent.Restored());

    void IApplyEvents.ApplyFailed(string cause) => throw new InvalidOperationException(cause);

    void IPeers.Send(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads) => Put(to, header, payloads, snapshot: false);

    bool IPeers.SendSnapshot(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        Put(to, header, payloads, snapshot: true);
        return true;
    }

    void IPeers.Flush()
    {
    }

    void IPeers.Connect(in ConfigurationInForce inForce)
    {
    }

    void IPeers.Drop(NodeId member) => Dropped.Add(member);

    void ICallers.Answered(ulong proposal, ReadOnlySpan<byte> answer) => Answers.Add(proposal, Encoding.UTF8.GetString(answer));

    void ICallers.Failed(ulong proposal, Failure failure) => Failures.Add(proposal, failure);

    void ICallers.ReadReady(ulong read) => ReadsReady.Add(read);

    void ICallers.ReadFailed(ulong read, Failure failure) => Failures.Add(read, failure);

    void ICallers.ChangeEnded(ulong change, Failure? failure) => Ended.Add(change, failure);

    void ICallers.TransferEnded(ulong transfer, Failure? failure) => Ended.Add(transfer, failure);

    void IReplicaObserver.Noticed(in Notice notice) => Notices.Add(notice);

    private void Begin(SnapshotInfo checkpoint)
    {
        proposals = new ProposalBatch(Pool, storage!.Instance, storage.StartCount);
        var start = new ReplicaStart(
            default, Id, storage.Instance, storage.StartCount, storage.HardStateOf(default), checkpoint, storage.Checkpoints.LatestBytes, world.Now, Id.Value);
        loop = new ReplicaLoop(start, world.Options, Core, storage.Log, storage.Checkpoints, this, this, this, this, Pool);
        storage.Recover(default);
    }

    private void Put(NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads, bool snapshot)
    {
        List<byte> bytes = [.. header];
        foreach (Payload payload in payloads)
            bytes.AddRange(payload.Span);
        world.Wire.Add(new TestFrame(Id, storage!.Instance, to, [.. bytes], snapshot));
    }

    private sealed class TestBits(ulong seed) : IRandomBits
    {
        private readonly Prng prng = new(seed);

        public ulong Next() => prng.NextUInt64();
    }
}

/// <summary>Counts the blocks that somebody holds.</summary>
internal sealed class CountingPool() : BlockPool
{
    public int Outstanding { get; private set; }

    public override Block Rent(int sizeBytes)
    {
        Outstanding++;
        return base.Rent(sizeBytes);
    }

    protected internal override void Return(Block block)
    {
        Outstanding--;
        base.Return(block);
    }
}

/// <summary>A state machine whose state is the list of its commands; the answer is their count.</summary>
internal sealed class TextMachine : IStateMachine
{
    public List<string> Lines { get; } = [];

    /// <summary>So many lines are kept at most, the newest.</summary>
    public int LinesMax { get; set; } = int.MaxValue;

    public void Apply(ReadOnlySpan<Command> commands, IAnswers answers)
    {
        foreach (Command command in commands)
        {
            Lines.Add(Encoding.UTF8.GetString(command.Bytes.Span));
            if (command.Caller != 0)
                answers.Answer(command.Caller, Encoding.UTF8.GetBytes($"{Lines.Count}"));
            if (Lines.Count > LinesMax)
                Lines.RemoveAt(0);
        }
    }

    public ISnapshotSource Capture() => new Source(Encoding.UTF8.GetBytes(string.Join('\n', Lines)));

    public ISnapshotSink Restore() => new Sink(this);

    private sealed class Source(byte[] bytes) : ISnapshotSource
    {
        private int read;

        public int Read(Span<byte> into)
        {
            int count = Math.Min(into.Length, bytes.Length - read);
            bytes.AsSpan(read, count).CopyTo(into);
            read += count;
            return count;
        }

        public void Dispose()
        {
        }
    }

    private sealed class Sink(TextMachine machine) : ISnapshotSink
    {
        private readonly List<byte> bytes = [];

        public void Write(ReadOnlySpan<byte> piece) => bytes.AddRange(piece);

        public void Complete()
        {
            machine.Lines.Clear();
            machine.Lines.AddRange(Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(bytes)).Split('\n'));
        }

        public void Dispose()
        {
        }
    }
}
