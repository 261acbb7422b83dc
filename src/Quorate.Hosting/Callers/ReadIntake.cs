using System.Threading.Tasks.Sources;
using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>A caller that waits until it may read. Pooled.</summary>
internal sealed class PendingRead(ReadIntake home) : IValueTaskSource
{
    private const int Waiting = 0;
    private const int Ended = 1;

    private ManualResetValueTaskSourceCore<bool> source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration registration;
    private int state;
    private int holders;

    /// <summary>What the caller awaits.</summary>
    public ValueTask Task => new(this, source.Version);

    /// <summary>It waits. Held by its caller and by its group: who leaves last gives it back.</summary>
    public void Begin() => (state, holders) = (Waiting, 2);

    /// <summary>Watches a token. The caller's thread, before it has the task.</summary>
    public void Watch(CancellationToken cancellation)
    {
        if (cancellation.CanBeCanceled)
            registration = cancellation.UnsafeRegister(static (self, token) => ((PendingRead)self!).Cancel(token), this);
    }

    /// <summary>Its group has ended: it may read, or not.</summary>
    public void End(Failure? failure)
    {
        if (Interlocked.CompareExchange(ref state, Ended, Waiting) == Waiting)
        {
            if (failure is { } why)
                source.SetException(new RequestFailedException(why));
            else
                source.SetResult(true);
        }

        Leave();
    }

    /// <inheritdoc/>
    void IValueTaskSource.GetResult(short token)
    {
        try
        {
            source.GetResult(token);
        }
        finally
        {
            registration.Dispose();
            registration = default;
            Leave();
        }
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource.GetStatus(short token) => source.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource.OnCompleted(
        Action<object?> continuation, object? taskState, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, taskState, token, flags);

    private void Cancel(CancellationToken token)
    {
        if (Interlocked.CompareExchange(ref state, Ended, Waiting) == Waiting)
            source.SetException(new OperationCanceledException(token));
    }

    private void Leave()
    {
        if (Interlocked.Decrement(ref holders) > 0)
            return;
        source.Reset();
        home.Return(this);
    }
}

/// <summary>
/// Where callers ask to read: those that come between two turns of the loop are one read to it. Any thread.
/// </summary>
internal sealed class ReadIntake(int openMax, Action wake)
{
    private readonly Lock gate = new();
    private readonly Stack<PendingRead> spare = new();
    private readonly Dictionary<ulong, List<PendingRead>> groups = [];
    private readonly Stack<List<PendingRead>> spareGroups = new();
    private List<PendingRead> gathering = [];
    private ulong last;
    private int open;
    private bool closed;

    /// <summary>A caller wants to read. Whatever goes wrong is in what it returns: it never throws.</summary>
    public ValueTask Read(CancellationToken cancellation)
    {
        PendingRead pending;
        bool first;
        lock (gate)
        {
            if (closed)
                return ValueTask.FromException(new RequestFailedException(new Failure(FailureReason.Stopped)));
            if (open == openMax)
                return ValueTask.FromException(new RequestFailedException(Failure.Refused(Refusal.TooManyRequests)));
            open++;
            if (!spare.TryPop(out PendingRead? used))
                used = new PendingRead(this);
            pending = used;
            pending.Begin();
            first = gathering.Count == 0;
            gathering.Add(pending);
        }

        if (first)
            wake();
        pending.Watch(cancellation);
        return pending.Task;
    }

    /// <summary>Those who came since the last time, as one read; 0 when there are none. The loop's thread.</summary>
    public ulong Take()
    {
        lock (gate)
        {
            if (gathering.Count == 0)
                return 0;
            groups.Add(++last, gathering);
            gathering = spareGroups.TryPop(out List<PendingRead>? used) ? used : [];
            return last;
        }
    }

    /// <summary>A group has ended. The loop's thread.</summary>
    public void End(ulong read, Failure? failure)
    {
        List<PendingRead>? group;
        lock (gate)
        {
            if (!groups.Remove(read, out group))
                return;
            open -= group.Count;
        }

        foreach (PendingRead pending in group)
            pending.End(failure);
        group.Clear();
        lock (gate)
            spareGroups.Push(group);
    }

    /// <summary>The node has stopped: nobody else may come, and those who wait are told. After the loop has ended.</summary>
    public void Close()
    {
        ulong[] left;
        lock (gate)
        {
            closed = true;
            if (gathering.Count > 0)
                groups.Add(++last, gathering);
            gathering = [];
            left = [.. groups.Keys];
        }

        foreach (ulong read in left)
            End(read, new Failure(FailureReason.Stopped));
    }

    /// <summary>Its caller and its group are through with it.</summary>
    public void Return(PendingRead pending)
    {
        lock (gate)
        {
            if (spare.Count < openMax)
                spare.Push(pending);
        }
    }
}
