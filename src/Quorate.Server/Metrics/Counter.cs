namespace Quorate.Server.Metrics;

/// <summary>A number that only grows. Any thread.</summary>
internal sealed class Counter
{
    private long value;

    /// <summary>Its value.</summary>
    public long Value => Interlocked.Read(ref value);

    /// <summary>One more.</summary>
    public void Increment() => Interlocked.Increment(ref value);

    /// <summary>So many more.</summary>
    public void Add(long count) => Interlocked.Add(ref value, count);
}
