using System.Globalization;
using Quorate.Consensus;

namespace Quorate.EndToEnd;

/// <summary>
/// When leaders are killed: for each kill, how long the cluster has been whole and under load by then. The same seed gives the same moments,
/// whatever engine the members run on. <c>QUORATE_KILLS</c> says how many, <c>QUORATE_SEED</c> which.
/// </summary>
internal sealed class KillSchedule
{
    private const int KillsDefault = 10;
    private const int MillisecondsMax = 1000;

    private readonly List<TimeSpan> moments = [];

    /// <summary>The one that the variables ask for.</summary>
    public KillSchedule()
    {
        Seed = ulong.Parse(Read("QUORATE_SEED") ?? "1", CultureInfo.InvariantCulture);
        var prng = new Prng(Seed);
        int kills = int.Parse(Read("QUORATE_KILLS") ?? $"{KillsDefault}", CultureInfo.InvariantCulture);
        for (int kill = 0; kill < kills; kill++)
            moments.Add(TimeSpan.FromMilliseconds(prng.Between(1, MillisecondsMax)));
    }

    /// <summary>What it was drawn from.</summary>
    public ulong Seed { get; }

    /// <summary>The moments.</summary>
    public IReadOnlyList<TimeSpan> Moments => moments;

    /// <summary>Lets the load go on until the moment: it is what is drawn, nothing is waited for.</summary>
    public static async Task ReachAsync(TimeSpan moment, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(moment);
        await timer.WaitForNextTickAsync(cancellation);
    }

    private static string? Read(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? text : null;
}
