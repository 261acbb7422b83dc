using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A leader proposes that a member take another's place, and stands still once that has reached the others, whose answers get stuck. They elect another and decide the
/// change. Then the old leader is asked for reads, hears from the newcomer alone, and at last what was answered: by then others count than when it was asked.
/// </summary>
internal sealed class ReadAcrossChangePlay
{
    private readonly World world;
    private readonly NetworkFaults network;
    private readonly ChangeLookout lookout;

    public ReadAcrossChangePlay(World world, NetworkFaults network)
    {
        this.world = world;
        this.network = network;
        lookout = new ChangeLookout(world, Strike);
    }

    /// <summary>Begins, amid a change.</summary>
    public void Begin(Prng chance) => lookout.Await(1, chance);

    /// <summary>No more.</summary>
    public void Stop() => lookout.Stop();

    private bool Strike(ProposedChange change, Prng chance)
    {
        Machine leader = change.Leader;
        if (change.Newcomers.Count == 0)
            return false;
        List<Machine> others = [.. world.Members.Where(m => m != leader && m.State != MemberState.Retired && !change.Newcomers.Contains(m))];
        long arrives = 2 * (world.Options.DelayMaxNanoseconds + world.Options.SyncMaxNanoseconds);
        long stands = chance.Between(2, 4) * world.Options.ElectionNanoseconds;
        long answered = (chance.Between(0, 20) * Span.Millisecond) + (3 * world.Options.DelayMaxNanoseconds);

        // A window's slots are in everybody's log then: it takes all of them to bring the change into force.
        world.Burst(leader, (int)chance.Between(4, 150));
        network.Hold(others.Select(o => (o, leader)), arrives + stands + answered);
        world.After(arrives, () =>
        {
            if (lookout.Stopped)
                return;
            world.Injector.Disturb();
            leader.Pause(stands);
            network.Cut([.. others.Select(o => (leader, o))], stands + answered);
            network.Separate(change.Newcomers, others, stands + answered);
        });
        world.After(arrives + stands, () => world.BurstReads(leader, lookout.Stopped ? 0 : 2));
        return true;
    }
}
