using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// Strikes each new leader within moments of its election, several times in a row: what Raft's Figure 8 takes, and chance alone hardly
/// brings about.
/// </summary>
internal sealed class LeaderHunter
{
    private readonly World world;
    private readonly NetworkFaults network;
    private Prng? chance;
    private int left;
    private bool stopped;

    public LeaderHunter(World world, NetworkFaults network)
    {
        this.world = world;
        this.network = network;
        world.Watch.LeaderAppeared += Appeared;
    }

    /// <summary>Begins with whom leads now.</summary>
    public bool Begin(Machine victim, Prng from)
    {
        chance = from;
        left = (int)from.Between(3, 10);
        Strike(victim);
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => (left, stopped) = (0, true);

    private void Appeared(NodeId leader)
    {
        if (left <= 0 || world.Find(leader) is not { } machine)
            return;
        left--;
        long delay = chance!.Chance(1, 2)
            ? chance.Between(0, 4 * world.Options.DelayMaxNanoseconds)
            : chance.Between(0, 300 * Span.Millisecond);
        world.After(delay, () => Strike(machine));
    }

    private void Strike(Machine machine)
    {
        if (stopped || machine.State is not (MemberState.Up or MemberState.Down))
            return;
        switch (chance!.Below(4))
        {
            case 0:
                machine.Kill(power: true);
                machine.StartAfter(chance.Between(1, 2500) * Span.Millisecond);
                break;
            case 1:
                machine.Kill(power: false);
                machine.StartAfter(chance.Between(1, 2500) * Span.Millisecond);
                break;
            default: // it still reaches some, or is still heard by some
                Isolate(machine);
                break;
        }
    }

    private void Isolate(Machine machine)
    {
        var cuts = new List<(Machine, Machine)>();
        foreach (Machine other in world.Members)
        {
            if (other != machine && !chance!.Chance(1, 3))
                cuts.AddRange([(machine, other), (other, machine)]);
        }

        network.Cut(cuts, chance!.Between(500, 6000) * Span.Millisecond);
    }
}
