using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A file system whose journal is behind: files are found, renamed and deleted slowly, while they are read and written as fast as ever. The
/// member is restarted a few times meanwhile, and loaded after each start, so that its log makes segments and gives them up at the same time.
/// </summary>
internal sealed class SlowNamesPlay(World world, DiskFaultPlay disks)
{
    private const long LookEvery = 5 * Span.Millisecond;

    private readonly Lookout lookout = new(world, LookEvery);

    /// <summary>Begins.</summary>
    public bool Begin(Machine victim, Prng chance)
    {
        if (!victim.IsRunning)
            return false;
        disks.SlowNames(victim, chance, chance.Between(10, 60) * Span.Second);
        Load(victim, chance, left: (int)chance.Between(1, 4));
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => lookout.Stop();

    private void Load(Machine victim, Prng chance, int left)
    {
        if (world.Leader() is { } leader)
            world.Burst(leader, (int)chance.Between(50, 1000));
        int starts = victim.Starts;
        world.After(chance.Between(200, 6000) * Span.Millisecond, () =>
        {
            if (lookout.Stopped || victim.Starts != starts || left == 0)
                return;
            victim.Kill(power: chance.Chance(1, 2));
            victim.StartAfter(chance.Between(1, 800) * Span.Millisecond);
            lookout.Await(2000, () => victim.Starts > starts && victim.IsRunning, () => Load(victim, chance, left - 1));
        });
    }
}
