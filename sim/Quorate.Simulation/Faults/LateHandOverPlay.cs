using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// Leadership is handed over, and what the chosen one says of it gets stuck: the others elect a third one meanwhile. When that word arrives after all, the third
/// one hears nothing for a while, and all are asked for writes, and it for reads.
/// </summary>
internal sealed class LateHandOverPlay(World world, NetworkFaults network)
{
    private bool stopped;

    /// <summary>Begins with whom leads now.</summary>
    public bool Begin(Prng chance)
    {
        if (world.Leader() is not { Process.Callers: { } callers } leader)
            return false;
        List<Machine> others = [.. world.Members.Where(m => m != leader && m.IsRunning && world.Watch.DecidedConfiguration.IsVoter(m.Id, m.LastInstance))];
        if (others.Count < 2)
            return false;
        Machine chosen = others[(int)chance.Below((ulong)others.Count)];
        long lasts = chance.Between(1500, 8000) * Span.Millisecond;
        callers.Transfer(chosen.Id, _ => { });
        network.Hold(world.Members.Where(m => m != chosen).Select(m => (chosen, m)), lasts);
        world.After(chance.Between(0, 4 * (world.Options.DelayMaxNanoseconds + world.Options.SyncMaxNanoseconds)), () => StopLeader(leader, chance));
        world.After(lasts, () => Arrives(chosen, chance));
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => stopped = true;

    private void StopLeader(Machine leader, Prng chance)
    {
        if (stopped)
            return;
        leader.Kill(power: chance.Chance(1, 2));
        leader.StartAfter(chance.Between(1, 10) * Span.Second);
    }

    private void Arrives(Machine chosen, Prng chance)
    {
        if (stopped || world.Leader() is not { } third || third == chosen)
            return;
        long unheard = Math.Max(chance.Between(100, 1500) * Span.Millisecond, 2 * world.Options.DelayMaxNanoseconds);
        network.CutOff([(chosen, third)], unheard); // that word is on its way to the third one, too
        network.Hold(world.Members.Where(m => m != third).Select(m => (m, third)), unheard);
        long interval = chance.Between(5, 40) * Span.Millisecond;
        for (int i = 0; i < 20; i++)
        {
            world.After(i * interval, () =>
            {
                if (stopped)
                    return;
                world.Burst(chosen, 1);
                world.BurstReads(third, 1);
            });
        }
    }
}
