using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A follower that had acknowledged what others lack loses its disk; then those that still have it are cut off, and it is left with those that
/// lag behind. Whoever takes its new disk for the old one elects a leader that knows nothing of it.
/// </summary>
internal sealed class LostWitnessPlay(World world, NetworkFaults network)
{
    private const long LookEvery = Span.Millisecond;

    private readonly Lookout lookout = new(world, LookEvery);

    /// <summary>Begins, unless the promise forbids it now.</summary>
    public bool Begin(Prng chance)
    {
        if (world.Leader() is not { } leader || world.Watch.DecidedConfiguration.IsJoint)
            return false;
        List<Machine> followers = [.. world.Watch.DecidedConfiguration.Voters.Select(v => world.Find(v.Id)!).Where(m => m != leader && m.IsRunning)];
        if (followers.Count < 2)
            return false;
        Machine witness = followers[(int)chance.Below((ulong)followers.Count)];
        if (!world.CanLose(witness))
            return false;
        followers.Remove(witness);

        // With the witness, who leads has a majority of all; without it, those that lag have one.
        int majority = (world.Watch.DecidedConfiguration.Voters.Length / 2) + 1;
        List<Machine> having = [leader, .. followers.Take(majority - 2)];
        List<Machine> lagging = [.. followers.Skip(majority - 2)];
        long lags = chance.Between(50, 800) * Span.Millisecond;
        network.Separate(lagging, [.. having, witness], lags);
        world.Burst(leader, (int)chance.Between(1, 30));
        world.After(lags, () =>
        {
            if (lookout.Stopped || !world.CanLose(witness))
                return;
            network.Separate(having, lagging, 1500 * Span.Millisecond); // they do not learn it meanwhile
            witness.LoseDisk();
            int starts = witness.Starts;
            lookout.Await(1000, () => witness.Starts > starts && witness.IsRunning, () =>
                network.Separate(having, [.. lagging, witness], chance.Between(3, 10) * Span.Second));
        });
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => lookout.Stop();
}
