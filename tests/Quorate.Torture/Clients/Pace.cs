using System.Collections.Concurrent;
using System.Diagnostics;

namespace Quorate.Torture;

/// <summary>
/// Operations come due at a steady rate and go to whichever client is free: those that wait for a dead member do not slow the rest. When all
/// wait, what comes due is forgone; <see cref="IsKept(double)"/> says whether too much was.
/// </summary>
/// <param name="rate">So many a second.</param>
/// <param name="isPeace">Whether nothing is wrong on purpose just now.</param>
internal sealed class Pace(int rate, Func<bool> isPeace) : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim due = new(0);
    private readonly ConcurrentQueue<bool> cameInPeace = new(); // of each that is due and not begun, oldest first
    private long begun;
    private long begunOfPeace;

    /// <summary>How many came due.</summary>
    public long Due { get; private set; }

    /// <summary>How many of them came due in peace.</summary>
    public long DueInPeace { get; private set; }

    /// <summary>How many clients began.</summary>
    public long Begun => Volatile.Read(ref begun);

    /// <summary>How many they began of those that came due in peace.</summary>
    public long BegunOfPeace => Volatile.Read(ref begunOfPeace);

    /// <summary>
    /// Whether clients began as much of what came due in peace. While something is wrong all of them may wait for the dead, and must be allowed
    /// to; in peace only a slow cluster, or a machine that is too busy for this rate, keeps them from it, and then a round proves little.
    /// </summary>
    /// <param name="share">Of 1.</param>
    public bool IsKept(double share) => BegunOfPeace >= share * DueInPeace;

    /// <summary>Lets them come due until <paramref name="until"/>; at most a second's worth waits for clients, the rest is forgone.</summary>
    public async Task RunAsync(CancellationToken until)
    {
        using var beats = new PeriodicTimer(Beat);
        var since = Stopwatch.StartNew();
        try
        {
            while (await beats.WaitForNextTickAsync(until))
                ComeDue(since.Elapsed);
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // The round is over.
        }
    }

    /// <summary>Lets come due what is due this long after the start. Owner: <see cref="RunAsync"/>.</summary>
    public void ComeDue(TimeSpan sinceStart)
    {
        var all = (long)(sinceStart.TotalSeconds * rate);
        var more = (int)Math.Min(all - Due, rate - due.CurrentCount);
        bool peace = isPeace();
        for (int i = 0; i < more; i++)
            cameInPeace.Enqueue(peace);
        if (more > 0)
            due.Release(more);
        // What comes late, as this machine is busy, was due all the same.
        if (peace)
            DueInPeace += all - Due;
        Due = all;
    }

    /// <summary>Waits for one that is due: it begins.</summary>
    public async Task NextAsync(CancellationToken until)
    {
        await due.WaitAsync(until);
        Interlocked.Increment(ref begun);
        if (cameInPeace.TryDequeue(out bool peace) && peace)
            Interlocked.Increment(ref begunOfPeace);
    }

    /// <inheritdoc/>
    public void Dispose() => due.Dispose();
}
