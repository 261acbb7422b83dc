namespace Quorate.Simulation;

/// <summary>Loads whoever leads, spread over a time.</summary>
internal sealed class LeaderLoad(World world)
{
    private bool stopped;

    /// <summary>So many bursts of so many requests each, at equal intervals from now on.</summary>
    public void Spread(int bursts, int requests, long lasts)
    {
        for (int i = 0; i < bursts; i++)
        {
            world.After(i * lasts / bursts, () =>
            {
                if (!stopped && world.Leader() is { } leader)
                    world.Burst(leader, requests);
            });
        }
    }

    /// <summary>No more.</summary>
    public void Stop() => stopped = true;
}
