using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Replica;
using Quorate.Storage;

namespace Quorate.Hosting;

/// <summary>
/// One thread for the log, the hard state and the checkpoints: takes the loop's requests in order, and between two of its syncs everything
/// that has queued up, so that a batch is what arrived during the last sync.
/// </summary>
internal sealed class StorageThread : ILog, ICheckpoints, ILogEvents, ICheckpointEvents, IStorageStart, IDisposable
{
    private const int RecoveredBytes = 1 << 20; // records of a start reach the loop in pieces of about this size

    private readonly Inbox<Request> inbox = new();
    private readonly TaskCompletionSource<IStorage> opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource restored = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly LoopInbox loop;
    private readonly Action<string, Exception?> fail;
    private readonly StorageOptions options;
    private readonly RealDisk disk;
    private readonly TimedDisk timed;
    private readonly int idleMilliseconds;
    private readonly Thread thread;
    private readonly RecoveredRecords records;
    private IStorage? storage;
    private volatile bool stopping;

    /// <summary>Starts the thread, which opens the directory.</summary>
    public StorageThread(
        string directory, StorageOptions options, int idleMilliseconds, LoopInbox loop, INodeObserver observer, Action<string, Exception?> fail)
    {
        this.options = options;
        this.loop = loop;
        this.fail = fail;
        this.idleMilliseconds = idleMilliseconds;
        disk = new RealDisk(directory, inbox.Wake);
        timed = new TimedDisk(disk, observer);
        records = new RecoveredRecords(RecoveredBytes, recovered => loop.Add(recovered));
        thread = new Thread(Run) { IsBackground = true, Name = "quorate-storage" };
        thread.Start();
    }

    /// <summary>The opened directory; fails with <see cref="StorageRefusedException"/>.</summary>
    public Task<IStorage> Opened => opened.Task;

    /// <inheritdoc/>
    SnapshotInfo ICheckpoints.Latest => Opened.Result.Checkpoints.Latest;

    /// <inheritdoc/>
    long ICheckpoints.LatestBytes => Opened.Result.Checkpoints.LatestBytes;

    /// <summary>Whether something that was durable turned out to be missing or damaged at the start. Set before the failure is told.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Reads the published checkpoint into <paramref name="sink"/>.</summary>
    public Task RestoreAsync(GroupId group, ISnapshotSink sink)
    {
        Do(storage => storage.Restore(group, sink));
        return restored.Task;
    }

    /// <summary>Gives the log's records to the loop.</summary>
    public void Recover(GroupId group) => Do(storage => storage.Recover(group));

    /// <inheritdoc/>
    void ILog.Write(LogBatch batch) => inbox.Add(new Request(batch, null));

    /// <inheritdoc/>
    void ILog.Load(GroupId group, LoadRequest request) => Do(storage => storage.Log.Load(group, request));

    /// <inheritdoc/>
    void ILog.Drop(GroupId group, LogIndex upTo) => Do(storage => storage.Log.Drop(group, upTo));

    /// <inheritdoc/>
    void ICheckpoints.Write(GroupId group, SnapshotInfo info, ISnapshotSource source) =>
        Do(storage => storage.Checkpoints.Write(group, info, source));

    /// <inheritdoc/>
    void ICheckpoints.BeginReceive(GroupId group, SnapshotInfo info, long lengthBytes) =>
        Do(storage => storage.Checkpoints.BeginReceive(group, info, lengthBytes));

    /// <inheritdoc/>
    void ICheckpoints.Receive(GroupId group, ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        Do(storage => storage.Checkpoints.Receive(group, copy));
    }

    /// <inheritdoc/>
    void ICheckpoints.EndReceive(GroupId group) => Do(storage => storage.Checkpoints.EndReceive(group));

    /// <inheritdoc/>
    void ICheckpoints.AbandonReceive(GroupId group) => Do(storage => storage.Checkpoints.AbandonReceive(group));

    /// <inheritdoc/>
    void ICheckpoints.Open(GroupId group, ulong reader) => Do(storage => storage.Checkpoints.Open(group, reader));

    /// <inheritdoc/>
    void ICheckpoints.Read(GroupId group, ulong reader, int bytesMax) =>
        Do(storage => storage.Checkpoints.Read(group, reader, bytesMax));

    /// <inheritdoc/>
    void ICheckpoints.Close(GroupId group, ulong reader) => Do(storage => storage.Checkpoints.Close(group, reader));

    /// <inheritdoc/>
    void ILogEvents.Written(LogBatch batch) => loop.AddQuietly(ReplicaEvent.LogWritten(batch));

    /// <inheritdoc/>
    void ILogEvents.Durable(GroupId group, WriteNumber upTo) => loop.Add(ReplicaEvent.LogDurable(upTo));

    /// <inheritdoc/>
    void ILogEvents.Loaded(GroupId group, ulong ticket, List<LoadedEntry> entries, byte[] bytes) =>
        loop.Add(ReplicaEvent.LogLoaded(ticket, entries, bytes));

    /// <inheritdoc/>
    void ILogEvents.Missing(GroupId group, ulong ticket) => loop.Add(ReplicaEvent.LogMissing(ticket));

    /// <inheritdoc/>
    void ILogEvents.Room(bool room) => loop.Add(ReplicaEvent.LogRoom(room));

    /// <inheritdoc/>
    void ILogEvents.Failed(string cause) => fail(cause, null);

    /// <inheritdoc/>
    void ICheckpointEvents.Published(GroupId group, SnapshotInfo info, long lengthBytes) =>
        loop.Add(ReplicaEvent.CheckpointPublished(info, lengthBytes));

    /// <inheritdoc/>
    void ICheckpointEvents.GivenUp(GroupId group, SnapshotInfo info, string cause) =>
        loop.Add(ReplicaEvent.CheckpointGivenUp(cause));

    /// <inheritdoc/>
    void ICheckpointEvents.Taken(GroupId group, long totalBytes) => loop.Add(ReplicaEvent.SnapshotTaken(totalBytes));

    /// <inheritdoc/>
    void ICheckpointEvents.Received(GroupId group, SnapshotInfo info) => loop.Add(ReplicaEvent.SnapshotReceived(info));

    /// <inheritdoc/>
    void ICheckpointEvents.ReceiveFailed(GroupId group, SnapshotInfo info, string cause) =>
        loop.Add(ReplicaEvent.SnapshotReceiveFailed(cause));

    /// <inheritdoc/>
    void ICheckpointEvents.Opened(GroupId group, ulong reader, SnapshotInfo info, long lengthBytes) =>
        loop.Add(ReplicaEvent.ReaderOpened(reader, info, lengthBytes));

    /// <inheritdoc/>
    void ICheckpointEvents.Piece(GroupId group, ulong reader, byte[] bytes) => loop.Add(ReplicaEvent.ReaderPiece(reader, bytes));

    /// <inheritdoc/>
    void IStorageStart.Opened(IStorage openedStorage)
    {
        storage = openedStorage;
        opened.TrySetResult(openedStorage);
    }

    /// <inheritdoc/>
    void IStorageStart.Restored(GroupId group) => restored.TrySetResult();

    /// <inheritdoc/>
    void IStorageStart.Record(GroupId group, in RecoveredRecord record, ReadOnlySpan<byte> payload) => records.Add(record, payload);

    /// <inheritdoc/>
    void IStorageStart.Recovered(GroupId group)
    {
        records.Flush();
        loop.Add(ReplicaEvent.RecoveryEnded());
    }

    /// <inheritdoc/>
    void IStorageStart.Refused(StorageRefusedException why)
    {
        IsDamaged = why.Kind == StorageRefusal.Damaged;
        if (!opened.TrySetException(why) && !restored.TrySetException(why))
            fail(why.Message, why);
    }

    /// <summary>Ends the thread after what it has in hand, and closes the directory.</summary>
    public void Dispose()
    {
        stopping = true;
        inbox.Wake();
        thread.Join();
    }

    private void Do(Action<IStorage> action) => inbox.Add(new Request(null, action));

    private void Run()
    {
        List<Request> taken = [];
        try
        {
            StorageStack.Open(timed, options, new SystemRandomBits(), this, this, this);
            while (!stopping)
            {
                inbox.Take(ref taken);
                foreach (Request request in taken)
                {
                    if (request.Batch is not null)
                        storage!.Log.Write(request.Batch);
                    else
                        request.Work!(storage!);
                }

                bool busy = taken.Count > 0 | disk.RunCompleted() > 0 | disk.HasCompleted;
                taken.Clear();
                if (!busy && !inbox.Wait(idleMilliseconds))
                    storage?.Idle();
            }
        }
        catch (Exception broken)
        {
            // Outermost frame of this thread: the node stops.
            opened.TrySetException(broken);
            fail($"storage failed: {broken.Message}", broken);
        }
        finally
        {
            disk.Dispose();
        }
    }

    private readonly record struct Request(LogBatch? Batch, Action<IStorage>? Work);
}
