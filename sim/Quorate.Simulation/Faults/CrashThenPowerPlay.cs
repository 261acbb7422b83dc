using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A process is killed amid writes that are not synced, or their sync fails; it finds them again when it starts, as the page cache shows them, and
/// the power goes before anything newer is synced: whatever it took for durable is gone.
/// </summary>
internal sealed class CrashThenPowerPlay(World world, DiskFaultPlay disks)
{
    private const long LookEvery = 500 * Span.Microsecond;

    private readonly Lookout lookout = new(world, LookEvery);

    /// <summary>Begins.</summary>
    public bool Begin(Machine victim, Prng chance)
    {
        if (!victim.IsRunning)
            return false;
        disks.Slow(victim, chance, 5 * Span.Second);
        victim.DiskFaults.SyncMinNanoseconds = victim.DiskFaults.SyncMaxNanoseconds / 2;
        bool ofElection = false;
        if (chance.Chance(1, 2) && world.Leader() is { } leader)
            world.Burst(leader, (int)chance.Between(1, 40));
        else if (world.Leader() is { } fallen && fallen != victim)
        {
            ofElection = true; // terms and votes are written
            Restart(fallen, power: false, chance.Between(1500, 5000) * Span.Millisecond);
        }

        int starts = victim.Starts;
        bool fails = chance.Chance(1, 2);
        lookout.Await(8000, () => victim.Starts == starts && victim.Process?.Core is { } core && (ofElection ? core.VotePending : core.WritesPending > 0), () =>
            world.After(chance.Between(0, 3 * Span.Millisecond), () => End(victim, fails, chance)));
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => lookout.Stop();

    private void End(Machine victim, bool syncFails, Prng chance)
    {
        if (lookout.Stopped)
            return;
        int starts = victim.Starts;
        if (syncFails)
            victim.DiskFaults.SyncsToFail++; // it stops, and its supervisor starts it again
        else
            Restart(victim, power: false, Span.Millisecond);
        disks.AsFast(victim);
        lookout.Await(12_000, () => victim.Starts > starts && victim.IsRunning, () => world.After(chance.Between(0, 2 * Span.Millisecond), () =>
        {
            if (!lookout.Stopped)
                Restart(victim, power: true, chance.Between(1, 800) * Span.Millisecond);
        }));
    }

    private static void Restart(Machine machine, bool power, long after)
    {
        machine.Kill(power);
        machine.StartAfter(after);
    }
}
