namespace Quorate.Torture;

/// <summary>The way from one member to another, and what happens on it now. Any thread.</summary>
internal sealed class Way
{
    private readonly Lock gate = new();
    private TaskCompletionSource? held;
    private TimeSpan delay;
    private bool cut;

    /// <summary>Whether connections end, and new ones are refused.</summary>
    public bool IsCut
    {
        get
        {
            lock (gate)
                return cut;
        }
    }

    /// <summary>Connections end and new ones are refused.</summary>
    public void Cut()
    {
        lock (gate)
            cut = true;
    }

    /// <summary>Nothing arrives, and nobody is told. As TCP sends again what was lost, it arrives once the way is open again.</summary>
    public void Hold()
    {
        lock (gate)
            held ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>What is sent arrives so much later.</summary>
    public void Slow(TimeSpan by)
    {
        lock (gate)
            delay = by;
    }

    /// <summary>Everything passes again.</summary>
    public void Heal()
    {
        lock (gate)
        {
            held?.SetResult();
            held = null;
            delay = TimeSpan.Zero;
            cut = false;
        }
    }

    /// <summary>Ends when what waits here may arrive.</summary>
    public async ValueTask PassAsync(CancellationToken stop)
    {
        Task? wait;
        TimeSpan late;
        lock (gate)
            (wait, late) = (held?.Task, delay);
        if (wait is not null)
            await wait.WaitAsync(stop);
        if (late == TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(late);
        await timer.WaitForNextTickAsync(stop);
    }
}
