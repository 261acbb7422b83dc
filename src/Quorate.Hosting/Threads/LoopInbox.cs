using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>
/// Events for the loop from the storage and apply threads and from callers, in order for each giver. The loop sleeps in its transport, which
/// is woken through <see cref="Waker"/>.
/// </summary>
internal sealed class LoopInbox
{
    private readonly object gate = new();
    private List<ReplicaEvent> events = [];
    private bool appliedAwaited;

    /// <summary>Ends the loop's sleep; set before the loop starts.</summary>
    public Action Waker { get; set; } = static () => { };

    /// <summary>Leaves an event for the loop.</summary>
    public void Add(in ReplicaEvent happened)
    {
        lock (gate)
            events.Add(happened);
        Waker();
    }

    /// <summary>Leaves an event that can wait for another one: that log writes are taken, before they are told durable.</summary>
    public void AddQuietly(in ReplicaEvent happened)
    {
        lock (gate)
            events.Add(happened);
    }

    /// <summary>Leaves the news that a batch is applied: its callers are answered, so it ends the loop's sleep only where somebody waits for more.</summary>
    public void AddApplied(in ReplicaEvent happened)
    {
        lock (gate)
            events.Add(happened);
        if (Volatile.Read(ref appliedAwaited))
            Waker();
    }

    /// <summary>The loop is about to sleep. Its thread.</summary>
    /// <param name="awaitsApplied">Whether <see cref="AddApplied"/> must end the sleep.</param>
    /// <returns>False when it must not sleep: what it awaits may have come before it said so.</returns>
    public bool FallAsleep(bool awaitsApplied)
    {
        Volatile.Write(ref appliedAwaited, awaitsApplied);
        if (!awaitsApplied)
            return true;
        lock (gate) // whoever adds after this sees that it is awaited
            return events.Count == 0;
    }

    /// <summary>Takes everything. The loop's thread.</summary>
    public void Take(ref List<ReplicaEvent> taken)
    {
        lock (gate)
            (events, taken) = (taken, events);
    }
}
