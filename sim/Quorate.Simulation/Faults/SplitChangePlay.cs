using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A member takes another's place, and as the configuration is proposed links break along it: who leads and who is new on the one side, the
/// old voters on the other; or anywhere else. Each half of a joint configuration is then tried without the other.
/// </summary>
internal sealed class SplitChangePlay
{
    private readonly World world;
    private readonly NetworkFaults network;
    private readonly ChangeLookout lookout;

    public SplitChangePlay(World world, NetworkFaults network)
    {
        this.world = world;
        this.network = network;
        lookout = new ChangeLookout(world, Strike);
    }

    /// <summary>Begins, amid a change.</summary>
    public void Begin(Prng chance) => lookout.Await((int)chance.Between(1, 3), chance);

    /// <summary>No more.</summary>
    public void Stop() => lookout.Stop();

    private bool Strike(ProposedChange change, Prng chance)
    {
        bool along = chance.Chance(3, 4);
        var side = new List<Machine> { change.Leader };
        var other = new List<Machine>();
        foreach (Machine member in world.Members)
        {
            if (member != change.Leader && member.State != MemberState.Retired)
                ((along ? change.Newcomers.Contains(member) : chance.Chance(1, 2)) ? side : other).Add(member);
        }

        // At once: what proposes it has not left yet. Later: it has arrived here and there.
        long after = chance.Chance(1, 2) ? 0 : chance.Between(0, 4 * (world.Options.DelayMaxNanoseconds + world.Options.SyncMaxNanoseconds));
        long lasts = chance.Between(100, 4000) * Span.Millisecond;
        if (after == 0)
            network.Separate(side, other, lasts);
        else
            world.After(after, () => network.Separate(lookout.Stopped ? [] : side, other, lasts));
        return true;
    }
}
