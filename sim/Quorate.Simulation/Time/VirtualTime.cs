using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Platform;

namespace Quorate.Simulation;

/// <summary>Something that happens at a virtual time.</summary>
public interface IScheduled
{
    /// <summary>It is due. <paramref name="argument"/> is what it was scheduled with.</summary>
    void Fire(long argument);
}

/// <summary>
/// Time that passes only from one event to the next. Events of the same nanosecond fire in the order in which they were
/// scheduled, so that a run depends on nothing but its seed. Owner: one thread, that of its world.
/// </summary>
public sealed class VirtualTime : IClock
{
    /// <summary>Events of one nanosecond at most: more mean that somebody wakes himself for ever, and time stands still.</summary>
    public const int EventsOfAnInstantMax = 1_000_000;

    private readonly EventHeap events = new();
    private long nextSequence;
    private int ofThisInstant;

    /// <inheritdoc/>
    public long NowNanoseconds { get; private set; }

    /// <summary>Events fired so far.</summary>
    public long Fired { get; private set; }

    /// <summary>Events that wait.</summary>
    public int Waiting => events.Count;

    /// <summary>Lets <paramref name="target"/> fire at <paramref name="atNanoseconds"/>, which is not in the past.</summary>
    public void At(long atNanoseconds, IScheduled target, long argument = 0)
    {
        Invariant.Check(atNanoseconds >= NowNanoseconds);
        events.Push(new ScheduledEvent(atNanoseconds, nextSequence++, target, argument));
    }

    /// <summary>Lets <paramref name="target"/> fire in <paramref name="delayNanoseconds"/>, 0 and up.</summary>
    public void After(long delayNanoseconds, IScheduled target, long argument = 0) =>
        At(NowNanoseconds + delayNanoseconds, target, argument);

    /// <summary>Fires the next event.</summary>
    /// <returns>False when none waits.</returns>
    public bool Step()
    {
        if (events.Count == 0)
            return false;
        ScheduledEvent next = events.Pop();
        ofThisInstant = next.At == NowNanoseconds ? ofThisInstant + 1 : 0;
        CheckFailedException.Unless(
            ofThisInstant < EventsOfAnInstantMax,
            Promise.Liveness,
            $"time stands still at {NowNanoseconds / 1e9:F6} s: {EventsOfAnInstantMax} events, the last for {next.Target}");
        NowNanoseconds = next.At;
        Fired++;
        next.Target.Fire(next.Argument);
        return true;
    }

    /// <summary>Fires everything due until then, and lets time pass to then.</summary>
    public void RunUntil(long untilNanoseconds)
    {
        while (events.Count > 0 && events.First <= untilNanoseconds)
            Step();
        NowNanoseconds = Math.Max(NowNanoseconds, untilNanoseconds);
    }

    /// <summary>Fires events until none waits, at most <paramref name="eventsMax"/>: more mean that something goes round for ever.</summary>
    public void RunUntilIdle(long eventsMax = 10_000_000)
    {
        for (long i = 0; Step(); i++)
            Invariant.Check(i < eventsMax);
    }
}
