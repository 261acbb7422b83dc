using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A leader proposes that a member take another's place, and stands still once that has reached the others, whose answers get stuck. They elect another and decide the
/// change. Then the old leader is asked for reads, hears from the newcomer alone, and at last what was answered: by then others count than when it was asked.
/// </summary>
internal sealed class ReadAcrossChangePlay(World world, NetworkFaults network) : ChangePlay(world)
{
    /// <inheritdoc/>
    protected override bool Strike(ProposedChange change, Prng from)
    {
        Machine leader = change.Leader;
        if (change.Newcomers.Count == 0)
            return false;
        List<Machine> others = [.. World.Members.Where(m => m != leader && m.State != MemberState.Retired && !change.Newcomers.Contains(m))];
        long arrives = 2 * (World.Options.DelayMaxNanoseconds + World.Options.SyncMaxNanoseconds);
        long stands = from.Between(2, 4) * World.Options.ElectionNanoseconds;
        long answered = (from.Between(0, 20) * Span.Millisecond) + (3 * World.Options.DelayMaxNanoseconds);

        // A window's slots are in everybody's log then: it takes all of them to bring the change into force.
        World.Burst(leader, (int)from.Between(4, 150));
        network.Hold(others.Select(o => (o, leader)), arrives + stands + answered);
        World.After(arrives, () =>
        {
            if (Stopped)
                return;
            World.Injector.Disturb();
            leader.Pause(stands);
            network.Cut([.. others.Select(o => (leader, o))], stands + answered);
            network.Separate(change.Newcomers, others, stands + answered);
        });
        World.After(arrives + stands, () => World.BurstReads(leader, Stopped ? 0 : 2));
        return true;
    }
}
