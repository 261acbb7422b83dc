using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A leader is cut off under a heavy load, whose entries nobody else will have; the others elect another and go on, perhaps past a checkpoint, by fewer
/// entries. It comes back with a log that is longer than all of that, and wrong.
/// </summary>
internal sealed class LongTailPlay(World world, NetworkFaults network)
{
    private const long LookEvery = 5 * Span.Millisecond;

    private readonly Lookout lookout = new(world, LookEvery);

    /// <summary>Begins with whom leads now.</summary>
    public bool Begin(Prng chance)
    {
        if (world.Leader() is not { } leader)
            return false;
        List<Machine> others = [.. world.Members.Where(m => m != leader && m.State != MemberState.Retired)];
        if (others.Count < 2)
            return false;
        long lasts = chance.Between(2000, 8000) * Span.Millisecond;
        int tail = (int)chance.Between(30, 600);
        int more = (int)chance.Between((tail / 8) + 1, tail);
        int bursts = (int)chance.Between(1, 4);
        network.Separate([leader], others, lasts);
        world.Burst(leader, tail);
        lookout.Await((int)(lasts / LookEvery), () => world.Leader() is { } next && next != leader, () =>
        {
            for (int i = 0; i < bursts; i++)
            {
                world.After(i * 200 * Span.Millisecond, () =>
                {
                    if (!lookout.Stopped && world.Leader() is { } next && next != leader)
                        world.Burst(next, more / bursts);
                });
            }
        });
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => lookout.Stop();
}
