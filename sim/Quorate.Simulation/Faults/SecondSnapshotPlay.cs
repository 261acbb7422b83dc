using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A follower is left behind until it needs a snapshot, and its state machine takes long to put that in place: what it decides meanwhile, its own clients' writes
/// among it, waits. It is left behind again, and the next snapshot covers what waits.
/// </summary>
internal sealed class SecondSnapshotPlay(World world, NetworkFaults network, LeaderLoad load)
{
    private const int OwnWrites = 10;

    private bool stopped;

    /// <summary>Begins with a follower of whom leads now.</summary>
    public bool Begin(Prng chance)
    {
        if (world.Leader() is not { } leader)
            return false;
        List<Machine> followers = [.. world.Members.Where(m => m != leader && m.IsRunning && world.Watch.DecidedConfiguration.Find(m.Id) is not null)];
        if (followers.Count < 2)
            return false; // without it nothing may be decided
        Machine behind = followers[(int)chance.Below((ulong)followers.Count)];
        long first = chance.Between(300, 1500) * Span.Millisecond;
        long between = chance.Between(200, 1500) * Span.Millisecond;
        long second = chance.Between(300, 1500) * Span.Millisecond;
        long stalls = between + second + (chance.Between(100, 3000) * Span.Millisecond);

        LeaveBehind(behind, chance, 0, first);
        world.After(first, () => behind.StallApply(stalls));
        for (int i = 1; i <= OwnWrites; i++)
            world.After(first + (between * i / OwnWrites), () => world.Burst(behind, stopped ? 0 : 1));
        LeaveBehind(behind, chance, first + between, second);
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => stopped = true;

    private void LeaveBehind(Machine behind, Prng chance, long after, long lasts)
    {
        int bursts = (int)chance.Between(2, 6);
        int requests = (int)chance.Between(20, 100);
        world.After(after, () =>
        {
            if (stopped)
                return;
            network.Isolate(behind, lasts);
            load.Spread(bursts, requests, lasts);
        });
    }
}
