namespace Quorate.Simulation;

/// <summary>Looks for the fewest faults with which a run still breaks its promise, by switching them off.</summary>
public static class Shrinker
{
    /// <summary>Runs tried at most.</summary>
    public const int TriesMax = 60;

    /// <summary>Shrinks a run that broke <paramref name="promise"/>.</summary>
    /// <returns>The numbers of the faults that are still needed.</returns>
    public static IReadOnlySet<int> Shrink(SeedOptions broken, string promise)
    {
        SeedResult whole = SeedRun.Run(broken);
        List<int> needed = [.. whole.Plan.Select(f => f.Number)];

        // What was to come after the violation has no part in it.
        needed.RemoveAll(n => whole.Plan.First(f => f.Number == n).AtNanoseconds > whole.SimulatedNanoseconds);
        int tries = 0;
        int chunk = Math.Max(1, needed.Count / 2);
        while (chunk >= 1 && needed.Count > 0)
        {
            bool shrunk = false;
            for (int at = 0; at < needed.Count && tries < TriesMax;)
            {
                tries++;
                List<int> rest = [.. needed[..at], .. needed[Math.Min(needed.Count, at + chunk)..]];
                if (StillBreaks(broken, rest, promise))
                {
                    needed = rest;
                    shrunk = true;
                }
                else
                {
                    at += chunk;
                }
            }

            if (!shrunk || tries >= TriesMax)
                chunk = chunk == 1 || tries >= TriesMax ? 0 : chunk / 2;
        }

        return needed.ToHashSet();
    }

    private static bool StillBreaks(SeedOptions broken, List<int> faults, string promise) =>
        SeedRun.Run(broken with { Only = faults.ToHashSet() }).Violation is { } violation && violation.Promise == promise;
}
