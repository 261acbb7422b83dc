using System.Diagnostics;

namespace Quorate.Torture;

/// <summary>Operations come due at a steady rate and go to whichever client is free: those that wait for a dead member do not slow the rest.</summary>
internal sealed class Pace(int rate) : IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim due = new(0);

    /// <summary>Lets them come due until <paramref name="until"/>; at most a second's worth waits for clients, the rest is forgone.</summary>
    public async Task RunAsync(CancellationToken until)
    {
        using var beats = new PeriodicTimer(Beat);
        var since = Stopwatch.StartNew();
        long released = 0;
        try
        {
            while (await beats.WaitForNextTickAsync(until))
            {
                var all = (long)(since.Elapsed.TotalSeconds * rate);
                var more = (int)Math.Min(all - released, rate - due.CurrentCount);
                if (more > 0)
                    due.Release(more);
                released = all;
            }
        }
        catch (OperationCanceledException) when (until.IsCancellationRequested)
        {
            // The round is over.
        }
    }

    /// <summary>Waits for one that is due.</summary>
    public Task NextAsync(CancellationToken until) => due.WaitAsync(until);

    /// <inheritdoc/>
    public void Dispose() => due.Dispose();
}
