using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// The power goes while writes are under way: a vote or a promise of an election, or a load that fills segments; mostly it goes again amid the first
/// writes after the start. A disk that is done within a millisecond hardly ever meets a cut at a time drawn by chance.
/// </summary>
internal sealed class PowerAmidWritesPlay(World world, DiskFaultPlay disks)
{
    private const long LookEvery = 500 * Span.Microsecond;

    private readonly Lookout lookout = new(world, LookEvery);

    /// <summary>Begins.</summary>
    public bool Begin(Machine victim, Prng chance)
    {
        if (!victim.IsRunning || world.Leader() is not { } leader)
            return false;
        disks.Slow(victim, chance, 15 * Span.Second);
        bool ofElection = chance.Chance(1, 2);
        if (ofElection)
            Depose(leader, victim, chance);
        else
            world.Burst(chance.Chance(1, 2) ? leader : victim, (int)(chance.Chance(1, 2) ? chance.Between(1, 60) : chance.Between(100, 1500)));
        CutAmid(victim, chance, ofElection, left: (int)chance.Between(1, 3));
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => lookout.Stop();

    private void CutAmid(Machine victim, Prng chance, bool ofElection, int left)
    {
        int starts = victim.Starts;
        lookout.Await(8000, () => victim.Starts == starts && IsWriting(victim, ofElection), () =>
            world.After(chance.Between(0, victim.DiskFaults.SyncMaxNanoseconds * (ofElection ? 1 : 3)), () =>
            {
                if (lookout.Stopped || victim.Starts != starts)
                    return;
                victim.Kill(power: true);
                victim.StartAfter(chance.Between(1, 800) * Span.Millisecond);
                lookout.Await(20_000, () => victim.Starts > starts && victim.IsRunning, () =>
                {
                    if (left > 1)
                        CutAmid(victim, chance, ofElection: false, left - 1);
                    else
                        disks.AsFast(victim);
                });
            }));
    }

    private static bool IsWriting(Machine victim, bool vote) =>
        victim.Process?.Core is { } core && (vote ? core.VotePending : core.WritesPending > 0);

    /// <summary>An election: who votes in it, or campaigns, writes that down.</summary>
    private static void Depose(Machine leader, Machine victim, Prng chance)
    {
        if (leader == victim || chance.Chance(1, 2))
        {
            leader.Process?.Callers?.Transfer(NodeId.None, _ => { });
            return;
        }

        leader.Kill(power: false);
        leader.StartAfter(chance.Between(1500, 5000) * Span.Millisecond);
    }
}
