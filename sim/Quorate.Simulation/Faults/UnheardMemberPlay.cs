using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// What a follower answers is lost while a load reaches it; it is restarted, and comes back to a leader that has gone on, perhaps past a
/// checkpoint: it has more than its leader knows, and the snapshot that it is sent ends in the middle of its log. Soon after it is restarted again.
/// </summary>
internal sealed class UnheardMemberPlay(World world, NetworkFaults network)
{
    private const long LookEvery = Span.Millisecond;

    private readonly Lookout lookout = new(world, LookEvery);

    /// <summary>Begins.</summary>
    public bool Begin(Prng chance)
    {
        if (world.Leader() is not { } leader || world.Watch.DecidedConfiguration is not { IsJoint: false, Voters.Length: >= 3 } decided)
            return false;
        List<Machine> followers = [.. decided.Voters.Select(v => world.Find(v.Id)!).Where(m => m != leader && m.IsRunning)];
        if (followers.Count < 2)
            return false;
        Machine unheard = followers[(int)chance.Below((ulong)followers.Count)];
        long lasts = chance.Between(200, 4000) * Span.Millisecond;
        long away = chance.Between(50, 2000) * Span.Millisecond;
        network.Cut([(unheard, leader)], lasts + (away / 2));
        int bursts = (int)chance.Between(1, 8);
        for (int i = 0; i < bursts; i++)
        {
            int requests = (int)chance.Between(5, 150);
            world.After(i * lasts / bursts, () => Burden(leader, requests));
        }

        world.After(lasts, () => GoAway(unheard, leader, chance, away));
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => lookout.Stop();

    private void GoAway(Machine unheard, Machine leader, Prng chance, long away)
    {
        if (lookout.Stopped || !unheard.IsRunning)
            return;
        world.Injector.Disturb();
        unheard.Kill(power: chance.Chance(1, 2));
        unheard.StartAfter(away);
        Burden(leader, (int)chance.Between(1, 40));
        int starts = unheard.Starts;
        lookout.Await(10_000, () => unheard.Starts > starts && unheard.IsRunning, () =>
            world.After(chance.Between(20, 3000) * Span.Millisecond, () =>
            {
                if (lookout.Stopped)
                    return;
                unheard.Kill(power: chance.Chance(1, 2));
                unheard.StartAfter(chance.Between(1, 500) * Span.Millisecond);
            }));
    }

    private void Burden(Machine leader, int requests)
    {
        if (!lookout.Stopped)
            world.Burst(leader, requests);
    }
}
