using System.Buffers;
using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.KeyValue.Commands;
using Quorate.KeyValue.Mvcc;
using Quorate.KeyValue.Snapshots;

namespace Quorate.KeyValue;

/// <summary>How a store is kept. None of it shows in answers, snapshots or hashes.</summary>
/// <param name="SegmentBytes">Bytes of a segment of values; 4096 and up.</param>
/// <param name="PoisonFreed">Fills what is freed, so that who still reads it is found out: for tests and the simulator.</param>
public sealed record KeyValueOptions(int SegmentBytes = 1 << 20, bool PoisonFreed = false);

/// <summary>
/// etcd's key-value store as a state machine: every version of every key since the last compaction. Commands are
/// <see cref="CommandKind"/> and a request's bytes; answers are read by <see cref="Answer"/>. <see cref="Apply"/>, <see cref="Work"/>, <see cref="Capture"/> and a
/// sink's completion belong to the apply thread; everything that reads may run on any thread at the same time, without a lock, on the
/// state of the last batch applied.
/// </summary>
public sealed class KeyValueStore : IStateMachine, IDisposable
{
    // Work for each command applied, so that it keeps up under load; and for each idle call.
    private const int CommandsPerStep = 4;
    private const int StepsPerWork = 8;

    private readonly KeyValueOptions options;
    private readonly Pins pins;
    private readonly ByteBuffer answers = new();
    private readonly List<(ulong Caller, int Start, int Length)> waiting = [];
    private readonly List<long> pinned = [];
    private readonly List<(Space Space, long Replaced)> leaving = [];
    private Writer writer;
    private Compactor compactor;
    private TxnRunner txns;

    /// <summary>An empty store.</summary>
    public KeyValueStore(KeyValueOptions? options = null)
    {
        this.options = options ?? new KeyValueOptions();
        var space = new Space(this.options.SegmentBytes, this.options.PoisonFreed, building: 1);
        writer = new Writer(space);
        compactor = new Compactor(space, finished: -1);
        txns = new TxnRunner(writer);
        pins = new Pins(NewRoot());
        space.Building = 2;
    }

    /// <summary>The newest revision; an empty store is at 1.</summary>
    public long Revision => pins.Current.Revision;

    /// <summary>Reads below it are refused; -1 before the first compaction.</summary>
    public long CompactedRevision => pins.Current.Compacted;

    /// <summary>The compaction up to which the old data is gone: what a physical compaction waits for.</summary>
    public long FinishedCompaction => pins.Current.Finished;

    /// <summary>The active alarms.</summary>
    public AlarmSet Alarms => pins.Current.Alarms;

    /// <summary><see cref="FinishedCompaction"/> has moved. Raised on the apply thread: return at once.</summary>
    public event Action? CompactionFinished;

    /// <summary>Keys that exist.</summary>
    public long KeyCount => pins.Current.Keys;

    /// <summary>What has been carried out here, for metrics.</summary>
    public OperationCounts Operations { get; } = new();

    /// <summary>Bytes of stored versions, dead ones included.</summary>
    public long DbSize => pins.Current.SizeBytes;

    /// <summary>Bytes of stored versions that a compaction has not made dead.</summary>
    public long DbSizeInUse => pins.Current.InUseBytes;

    /// <summary>
    /// A hash of everything ever written, kept as it is written: equal on replicas that applied the same commands, by log or by snapshot. Cheap;
    /// <see cref="HashKeyValues"/> compares with etcd.
    /// </summary>
    public ulong HistoryHash => pins.Current.HistoryHash;

    /// <summary>Blocks that wait for a reader to leave.</summary>
    internal int RetiredWaiting => writer.Space.Retirement.Waiting;

    internal Pins Pins => pins;

    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<Command> commands, IAnswers answers)
    {
        this.answers.Clear();
        waiting.Clear();
        foreach (ref readonly Command command in commands)
            ApplyOne(command);

        for (int i = 0; i < commands.Length && !compactor.IsIdle; i += CommandsPerStep)
            compactor.Step();
        Publish();

        // Who reads an answer may read the store next: it must find what it wrote.
        foreach ((ulong caller, int start, int length) in CollectionsMarshal.AsSpan(waiting))
            answers.Answer(caller, this.answers.Written.Slice(start, length));
    }

    /// <summary>A bounded piece of the work that compactions leave. For when nothing is to be applied; true while there is more.</summary>
    public bool Work()
    {
        if (compactor.IsIdle && pinned.Count == 0 && leaving.Count == 0)
            return false;
        for (int i = 0; i < StepsPerWork && !compactor.IsIdle; i++)
            compactor.Step();
        Publish();
        return !compactor.IsIdle;
    }

    /// <summary>Answers a RangeRequest that <see cref="Requests.CheckRange"/> let pass. Any thread.</summary>
    /// <param name="request">The request's bytes.</param>
    /// <param name="body">Takes the RangeResponse without its header.</param>
    /// <param name="revision">The store's revision, for the header.</param>
    public KeyValueError Range(ReadOnlySpan<byte> request, IBufferWriter<byte> body, out long revision)
    {
        using Pin pin = pins.Take();
        revision = pin.Root.Revision;
        Operations.Read(1);
        return RangeRequest.TryRead(request, out RangeRequest range)
            ? RangeReader.Run(range, pin.Root.View, body)
            : KeyValueError.Malformed;
    }

    /// <summary>Answers a TxnRequest that writes nothing (<see cref="Requests.Classify(ReadOnlySpan{byte})"/>). Any thread.</summary>
    /// <param name="request">The request's bytes.</param>
    /// <param name="body">Takes the TxnResponse without its header.</param>
    /// <param name="revision">The store's revision, for the header.</param>
    public KeyValueError ReadOnlyTxn(ReadOnlySpan<byte> request, IBufferWriter<byte> body, out long revision)
    {
        Invariant.Check(Requests.Classify(request) != TxnClass.Write);
        var buffer = new ByteBuffer();
        using Pin pin = pins.Take();
        revision = pin.Root.Revision;
        var runner = new TxnRunner(writer: null);
        KeyValueError error = runner.Run(request, pin.Root.View, buffer);
        Operations.Read(runner.Ranges);
        if (error == KeyValueError.None)
            body.Write(buffer.Written);
        return error;
    }

    /// <summary>
    /// etcd's HashKV: CRC-32C over every version up to <paramref name="revision"/>, equal to etcd's on equal history. Any thread; it looks at everything.
    /// </summary>
    /// <param name="revision">0 = the newest.</param>
    /// <param name="result">The hash and what it covers.</param>
    public KeyValueError HashKeyValues(long revision, out KeyValueHash result)
    {
        using Pin pin = pins.Take();
        return Hashing.Run(pin.Root, revision, out result);
    }

    /// <inheritdoc/>
    public ISnapshotSource Capture() => new SnapshotSource(pins.Take());

    /// <inheritdoc/>
    public ISnapshotSink Restore() => new SnapshotSink(this, options);

    /// <summary>Frees the native memory. Nobody may use the store any more.</summary>
    public void Dispose()
    {
        writer.Space.Dispose();
        foreach ((Space space, _) in leaving)
            space.Dispose();
    }

    /// <summary>A restored state takes the old one's place; readers of the old one keep it until they leave.</summary>
    internal void Replace(Writer restored)
    {
        Space old = writer.Space;
        writer = restored;
        compactor = new Compactor(restored.Space, restored.Compacted);
        txns = new TxnRunner(restored);
        restored.Space.Building = old.Building;
        leaving.Add((old, old.Building));
        Publish();
    }

    private void ApplyOne(in Command command)
    {
        int start = answers.Length;
        bool wanted = command.Caller != 0;
        answers.WriteByte(0);
        answers.WriteInt64LittleEndian(0);
        KeyValueError error = Execute(command.Bytes.Span, wanted);
        if (error != KeyValueError.None)
        {
            answers.Truncate(start + Answer.PrefixBytes);
            answers.SetByte(start, (byte)error);
        }

        answers.SetInt64LittleEndian(start + 1, writer.Revision);
        if (wanted)
            waiting.Add((command.Caller, start, answers.Length - start));
        else
            answers.Truncate(start);
    }

    private KeyValueError Execute(ReadOnlySpan<byte> command, bool wanted)
    {
        if (command.IsEmpty)
            return KeyValueError.UnknownCommand;
        ReadOnlySpan<byte> request = command[1..];
        KeyValueError refused = Mvcc.Alarms.Refuse(writer.Alarms, (CommandKind)command[0], request);
        if (refused != KeyValueError.None)
            return refused;
        switch ((CommandKind)command[0])
        {
            case CommandKind.Put:
                return Put(request);
            case CommandKind.DeleteRange:
                return DeleteRange(request);
            case CommandKind.Txn:
                writer.Begin();
                KeyValueError error = txns.Run(request, writer.View, wanted ? answers : null);
                writer.End();
                Operations.Applied(txns.Ranges, txns.Puts, txns.Deletes, txns.PutBytes);
                return error;
            case CommandKind.Compaction:
                return Compact(request);
            case CommandKind.Alarm:
                return Mvcc.Alarms.Run(writer, request, answers);
            default:
                return KeyValueError.UnknownCommand;
        }
    }

    private KeyValueError Put(ReadOnlySpan<byte> request)
    {
        if (!PutRequest.TryRead(request, out PutRequest put))
            return KeyValueError.Malformed;
        KeyValueError error = Requests.CheckFields(put);
        if (error != KeyValueError.None)
            return error;
        // Leases are not built yet, so there is none.
        if (put.Lease != 0)
            return KeyValueError.LeaseNotFound;

        writer.Begin();
        error = writer.Put(put, out bool existed, out Record previous);
        writer.End();
        if (error == KeyValueError.None && put.PrevKv && existed)
            KeyValueCodec.WriteField(answers, 2, previous, PairParts.Both);
        if (error == KeyValueError.None)
            Operations.Applied(put.LooksUp ? 1 : 0, put: 1, deleted: 0, put.Key.Length + put.Value.Length);
        return error;
    }

    private KeyValueError DeleteRange(ReadOnlySpan<byte> request)
    {
        if (!DeleteRangeRequest.TryRead(request, out DeleteRangeRequest delete))
            return KeyValueError.Malformed;
        if (delete.Key.IsEmpty)
            return KeyValueError.KeyNotProvided;
        writer.Begin();
        ReadOnlySpan<nint> deleted = writer.Select(KeyRange.Of(delete.Key, delete.RangeEnd));
        writer.Delete(deleted);
        writer.End();
        Operations.Applied(delete.PrevKv ? 1 : 0, put: 0, deleted: 1, bytes: 0);
        TxnRunner.WriteDeleted(answers, deleted, delete.PrevKv);
        return KeyValueError.None;
    }

    private KeyValueError Compact(ReadOnlySpan<byte> request)
    {
        if (!CompactionRequest.TryRead(request, out CompactionRequest compaction))
            return KeyValueError.Malformed;
        KeyValueError error = writer.Compact(compaction.Revision);
        if (error == KeyValueError.None)
            compactor.Add(compaction.Revision);
        return error;
    }

    private Root NewRoot()
    {
        Space space = writer.Space;
        ValueLog values = space.Values;
        return new Root
        {
            Number = space.Building,
            Space = space,
            Tree = space.Tree.Top,
            Revision = writer.Revision,
            Compacted = writer.Compacted,
            Trimmed = compactor.Trimmed,
            Finished = compactor.Finished,
            Keys = space.Tree.Root.Totals().Live,
            Segments = values.Order,
            SegmentCount = values.Count,
            LastUsedBytes = values.Count == 0 ? 0 : values.Order[values.Count - 1].UsedBytes,
            SizeBytes = values.SizeBytes,
            InUseBytes = values.SizeBytes - values.DeadBytes,
            Alarms = writer.Alarms,
            HistoryHash = writer.HistoryHash,
        };
    }

    private void Publish()
    {
        Space space = writer.Space;
        long finished = pins.Current.Finished;
        pins.Publish(NewRoot());
        pins.Collect(pinned);
        space.Retirement.Free(pinned);
        for (int i = leaving.Count - 1; i >= 0; i--)
        {
            if (pinned.Count > 0 && pinned[0] < leaving[i].Replaced)
                continue;
            leaving[i].Space.Dispose();
            leaving.RemoveAt(i);
        }

        space.Building++;
        if (pins.Current.Finished != finished)
            CompactionFinished?.Invoke();
    }
}
