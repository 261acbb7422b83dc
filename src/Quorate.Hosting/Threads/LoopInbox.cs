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

    /// <summary>Ends the loop's sleep; set before the loop starts.</summary>
    public Action Waker { get; set; } = static () => { };

    /// <summary>Leaves an event for the loop.</summary>
    public void Add(in ReplicaEvent happened)
    {
        lock (gate)
            events.Add(happened);
        Waker();
    }

    /// <summary>Takes everything. The loop's thread.</summary>
    public void Take(ref List<ReplicaEvent> taken)
    {
        lock (gate)
            (events, taken) = (taken, events);
    }
}
