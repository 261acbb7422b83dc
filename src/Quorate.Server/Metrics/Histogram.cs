namespace Quorate.Server.Metrics;

/// <summary>Counts of observations by upper bound, as Prometheus has them. Any thread.</summary>
internal sealed class Histogram
{
    private readonly double[] bounds;
    private readonly long[] counts;
    private long sumNanoseconds;

    /// <summary>With these upper bounds, ascending, in seconds.</summary>
    public Histogram(double[] bounds)
    {
        this.bounds = bounds;
        counts = new long[bounds.Length + 1];
    }

    /// <summary>Prometheus's own bounds.</summary>
    public static double[] DefaultBounds => [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    /// <summary>The upper bounds, in seconds.</summary>
    public ReadOnlySpan<double> Bounds => bounds;

    /// <summary>The sum of all observations, in seconds.</summary>
    public double SumSeconds => Interlocked.Read(ref sumNanoseconds) / 1e9;

    /// <summary><paramref name="count"/> bounds from <paramref name="start"/> on, each <paramref name="factor"/> times the one before.</summary>
    public static double[] Exponential(double start, double factor, int count)
    {
        var bounds = new double[count];
        for (int i = 0; i < count; i++, start *= factor)
            bounds[i] = start;
        return bounds;
    }

    /// <summary>Observations in the bucket at <paramref name="index"/> alone; the last one has no bound.</summary>
    public long CountAt(int index) => Interlocked.Read(ref counts[index]);

    /// <summary>Takes an observation.</summary>
    public void Observe(TimeSpan time)
    {
        double seconds = time.TotalSeconds;
        int bucket = 0;
        while (bucket < bounds.Length && seconds > bounds[bucket])
            bucket++;
        Interlocked.Increment(ref counts[bucket]);
        Interlocked.Add(ref sumNanoseconds, (long)(seconds * 1e9));
    }
}
