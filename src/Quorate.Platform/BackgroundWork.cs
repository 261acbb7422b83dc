using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Quorate.Platform;

/// <summary>
/// Carries long requests (a checkpoint's blocks and their syncs) out beside the log's, in order, on one thread that is started by
/// the first of them. Owner of everything but the two queues: the storage thread.
/// </summary>
internal sealed class BackgroundWork(Action<DiskRequest> execute, Action? wake) : IDisposable
{
    private readonly BlockingCollection<DiskRequest> waiting = [];
    private readonly ConcurrentQueue<DiskRequest> completed = new();
    private Thread? thread;
    private bool disposed;

    public bool HasCompleted => !completed.IsEmpty;

    public void Add(DiskRequest request)
    {
        if (thread is null)
        {
            thread = new Thread(Run) { IsBackground = true, Name = "quorate-disk" };
            thread.Start();
        }

        waiting.Add(request);
    }

    public bool TryTake([NotNullWhen(true)] out DiskRequest? request) => completed.TryDequeue(out request);

    public void Dispose()
    {
        if (disposed)
            return;
        disposed = true;
        waiting.CompleteAdding();
        thread?.Join();
        waiting.Dispose();
    }

    private void Run()
    {
        foreach (DiskRequest request in waiting.GetConsumingEnumerable())
        {
            execute(request);
            completed.Enqueue(request);
            wake?.Invoke();
        }
    }
}
