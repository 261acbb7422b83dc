namespace Quorate.Cli.Sim;

/// <summary>How long something took in each seed, in election timeouts of that seed.</summary>
internal sealed class ElectionTimeouts
{
    private readonly List<double> timeouts = [];

    /// <summary>It happened in no seed.</summary>
    public bool IsEmpty => timeouts.Count == 0;

    /// <summary>Takes a seed in.</summary>
    /// <param name="nanoseconds">How long it took; -1: it never happened.</param>
    /// <param name="electionNanoseconds">An election timeout of the seed.</param>
    public void Add(long nanoseconds, long electionNanoseconds)
    {
        if (nanoseconds >= 0)
            timeouts.Add((double)nanoseconds / electionNanoseconds);
    }

    /// <summary>Median, 99th percentile and the most, and in how many seeds it took more than ten.</summary>
    public override string ToString()
    {
        timeouts.Sort();
        return $"median {At(50):F2}, 99% {At(99):F2}, most {timeouts[^1]:F2}, over 10 in {timeouts.Count(t => t > 10)}";
    }

    private double At(int percent) => timeouts[Math.Min(timeouts.Count - 1, timeouts.Count * percent / 100)];
}
