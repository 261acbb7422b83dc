using Quorate.KeyValue;

namespace Quorate.Server.Services;

/// <summary>Who waits until a compaction's work is done: physical compactions and defragmentation. Any thread.</summary>
internal sealed class CompactionWaits
{
    private readonly KeyValueStore store;
    private readonly Lock gate = new();
    private readonly List<(long Revision, TaskCompletionSource Done)> waiting = [];

    /// <summary>Waits for the compactions of <paramref name="store"/>.</summary>
    public CompactionWaits(KeyValueStore store)
    {
        this.store = store;
        store.CompactionFinished += Finished;
    }

    /// <summary>Ends when the newest compaction's work is done.</summary>
    public Task WaitAsync(CancellationToken cancellation)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
            waiting.Add((store.CompactedRevision, done));
        // It may have ended before this one was on the list.
        Finished();
        return done.Task.WaitAsync(cancellation);
    }

    private void Finished()
    {
        long finished = store.FinishedCompaction;
        lock (gate)
        {
            foreach ((long revision, TaskCompletionSource done) in waiting)
            {
                if (revision <= finished)
                    done.TrySetResult();
            }

            waiting.RemoveAll(w => w.Done.Task.IsCompleted);
        }
    }
}
