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
    private Prng? chance;
    private int left;
    private bool stopped;

    public SplitChangePlay(World world, NetworkFaults network)
    {
        this.world = world;
        this.network = network;
        world.Watch.ConfigurationProposed += Proposed;
    }

    /// <summary>Begins: the change itself is the operator's.</summary>
    public void Begin(Prng from)
    {
        chance = from;
        left = (int)from.Between(1, 3);
    }

    /// <summary>No more.</summary>
    public void Stop() => stopped = true;

    private void Proposed(NodeId by, Configuration next)
    {
        if (stopped || left == 0 || !next.IsJoint || world.Find(by) is not { } leader)
            return;
        left--;
        bool along = chance!.Chance(3, 4);
        var side = new List<Machine> { leader };
        var other = new List<Machine>();
        foreach (Machine member in world.Members)
        {
            if (member == leader || member.State == MemberState.Retired)
                continue;
            bool isNew = next.Voters.Any(v => v.Id == member.Id) && next.Outgoing.All(v => v.Id != member.Id);
            ((along ? isNew : chance.Chance(1, 2)) ? side : other).Add(member);
        }

        // At once: what proposes it has not left yet. Later: it has arrived here and there.
        long after = chance.Chance(1, 2) ? 0 : chance.Between(0, 4 * (world.Options.DelayMaxNanoseconds + world.Options.SyncMaxNanoseconds));
        long lasts = chance.Between(100, 4000) * Span.Millisecond;
        if (after == 0)
            network.Separate(side, other, lasts);
        else
            world.After(after, () => network.Separate(stopped ? [] : side, other, lasts));
    }
}
