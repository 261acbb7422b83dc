namespace Quorate.Simulation;

/// <summary>Looks for the fewest faults with which a run still breaks its promise, by switching them off.</summary>
public static class Shrinker
{
    /// <summary>Runs tried at most.</summary>
    public const int TriesMax = 60;

    /// <summary>Shrinks a run.</summary>
    /// <param name="broken">The run, whose plan says which faults there were.</param>
    /// <param name="breaks">Whether it still breaks its promise when of the plan only these faults happen.</param>
    /// <returns>The numbers of the faults that are still needed.</returns>
    public static IReadOnlySet<int> Shrink(SeedResult broken, Func<IReadOnlySet<int>, bool> breaks)
    {
        // What was to come after the violation has no part in it.
        List<int> needed = [.. broken.Plan.Where(f => f.AtNanoseconds <= broken.SimulatedNanoseconds).Select(f => f.Number)];
        int tries = 0;
        int chunk = Math.Max(1, needed.Count / 2);
        while (chunk >= 1 && needed.Count > 0)
        {
            bool shrunk = false;
            for (int at = 0; at < needed.Count && tries < TriesMax;)
            {
                tries++;
                List<int> rest = [.. needed[..at], .. needed[Math.Min(needed.Count, at + chunk)..]];
                if (breaks(rest.ToHashSet()))
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
}
