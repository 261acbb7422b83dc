using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A member takes another's place, and as the configuration is proposed links break along it: who leads and who is new on the one side, the
/// old voters on the other; or anywhere else. Each half of a joint configuration is then tried without the other.
/// </summary>
internal sealed class SplitChangePlay(World world, NetworkFaults network) : ChangePlay(world)
{
    /// <inheritdoc/>
    protected override bool Strike(ProposedChange change, Prng from)
    {
        bool along = from.Chance(3, 4);
        var side = new List<Machine> { change.Leader };
        var other = new List<Machine>();
        foreach (Machine member in World.Members)
        {
            if (member != change.Leader && member.State != MemberState.Retired)
                ((along ? change.Newcomers.Contains(member) : from.Chance(1, 2)) ? side : other).Add(member);
        }

        // At once: what proposes it has not left yet. Later: it has arrived here and there.
        long after = from.Chance(1, 2) ? 0 : from.Between(0, 4 * (World.Options.DelayMaxNanoseconds + World.Options.SyncMaxNanoseconds));
        long lasts = from.Between(100, 4000) * Span.Millisecond;
        if (after == 0)
            network.Separate(side, other, lasts);
        else
            World.After(after, () => network.Separate(Stopped ? [] : side, other, lasts));
        return true;
    }
}
