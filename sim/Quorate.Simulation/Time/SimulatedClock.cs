using Quorate.Platform;

namespace Quorate.Simulation;

/// <summary>
/// A machine's own monotonic clock: it begins anywhere, runs fast or slow, and may jump forward, as after a suspension. Owner: its world.
/// </summary>
public sealed class SimulatedClock : IClock
{
    private const long Million = 1_000_000;

    private readonly VirtualTime time;
    private long anchorVirtual;
    private long anchorLocal;

    /// <summary>A true clock that shows <paramref name="startNanoseconds"/> now.</summary>
    public SimulatedClock(VirtualTime time, long startNanoseconds)
    {
        this.time = time;
        anchorVirtual = time.NowNanoseconds;
        anchorLocal = startNanoseconds;
    }

    /// <summary>Local microseconds that pass in a second of virtual time.</summary>
    public long RatePerMillion { get; private set; } = Million;

    /// <inheritdoc/>
    public long NowNanoseconds => anchorLocal + Scale(time.NowNanoseconds - anchorVirtual, RatePerMillion, Million);

    /// <summary>From now on it runs at another rate.</summary>
    public void SetRate(long perMillion)
    {
        Anchor();
        RatePerMillion = perMillion;
    }

    /// <summary>It leaps forward.</summary>
    public void Jump(long nanoseconds)
    {
        Anchor();
        anchorLocal += nanoseconds;
    }

    /// <summary>The virtual time at which it will show <paramref name="localNanoseconds"/>, not before now.</summary>
    public long VirtualAt(long localNanoseconds)
    {
        long ahead = localNanoseconds - anchorLocal;
        if (ahead <= 0)
            return time.NowNanoseconds;
        // Rounded up: never before the local time is reached.
        return Math.Max(time.NowNanoseconds, anchorVirtual + Scale(ahead, Million, RatePerMillion) + 1);
    }

    private void Anchor()
    {
        long local = NowNanoseconds;
        anchorVirtual = time.NowNanoseconds;
        anchorLocal = local;
    }

    private static long Scale(long value, long numerator, long denominator) => numerator == denominator
        ? value
        : (long)((Int128)value * numerator / denominator);
}
