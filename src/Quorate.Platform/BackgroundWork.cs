using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;

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
    private ExceptionDispatchInfo? broken; // set once, by the thread
    private bool disposed;

    /// <summary>Whether there is something to take, or to throw.</summary>
    public bool HasNews => !completed.IsEmpty || Volatile.Read(ref broken) is not null;

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

    /// <summary>Throws what broke the thread, if anything did.</summary>
    public void ThrowIfBroken() => Volatile.Read(ref broken)?.Throw();

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
        try
        {
            foreach (DiskRequest request in waiting.GetConsumingEnumerable())
            {
                execute(request);
                completed.Enqueue(request);
                wake?.Invoke();
            }
        }
        catch (Exception thrown)
        {
            // Outermost frame of this thread: the owner throws it on, and with that stops. What waits here is never carried out.
            Volatile.Write(ref broken, ExceptionDispatchInfo.Capture(thrown));
            wake?.Invoke();
        }
    }
}
