using HdrHistogram;

namespace Quorate.Cli.Bench;

/// <summary>What a run measured.</summary>
internal sealed record BenchResult
{
    public required BenchSettings Settings { get; init; }

    /// <summary>Seconds measured.</summary>
    public required double Seconds { get; init; }

    /// <summary>Operations answered well.</summary>
    public required long Operations { get; init; }

    /// <summary>Operations answered well since the first one, warm-up included: what the servers' own counters cover.</summary>
    public required long AllOperations { get; init; }

    /// <summary>Operations that failed, by cause.</summary>
    public required IReadOnlyDictionary<string, long> Failures { get; init; }

    /// <summary>Answers that lacked the key.</summary>
    public required long NotFound { get; init; }

    /// <summary>Latencies of those answered well, in nanoseconds; paced: counted from when the operation was due.</summary>
    public required HistogramBase Latencies { get; init; }

    /// <summary>CPU time of this process, in microseconds, while measuring.</summary>
    public required double CpuMicroseconds { get; init; }

    public double OperationsPerSecond => Operations / Seconds;

    public double CpuMicrosecondsPerOperation => Operations == 0 ? 0 : CpuMicroseconds / Operations;

    public double Milliseconds(double percentile) => Operations == 0 ? 0 : Latencies.GetValueAtPercentile(percentile) / 1e6;
}

/// <summary>How far a run is; written by the generator's thread, read by whoever draws it.</summary>
internal sealed class BenchProgress
{
    private long operations;
    private long failures;

    public string Phase { get; set; } = "connecting";

    /// <summary>Of all phases, 0 to 1.</summary>
    public double Fraction { get; set; }

    public long Operations => Volatile.Read(ref operations);

    public long Failures => Volatile.Read(ref failures);

    public void Count(bool well)
    {
        if (well)
            Volatile.Write(ref operations, operations + 1);
        else
            Volatile.Write(ref failures, failures + 1);
    }
}
