using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A key is put and deleted, and history compacted at that very delete, again and again, so that a checkpoint comes to be made right then: all
/// that was written last is gone from it but its revision. Then a member is killed, and starts from what it finds. Clients seldom compact at the newest
/// revision, seldomer when it is of a delete, and a checkpoint before the next write hardly ever meets that.
/// </summary>
internal sealed class CompactCrashPlay(World world)
{
    private const long LookEvery = 2 * Span.Millisecond;
    private const int LooksMax = 500;

    private readonly Lookout lookout = new(world, LookEvery);

    /// <summary>Begins.</summary>
    public bool Begin(Machine victim, Prng chance)
    {
        if (!victim.IsRunning || world.Leader() is null)
            return false;
        Round(victim, chance, left: (int)chance.Between(10, 200));
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => lookout.Stop();

    private void Round(Machine victim, Prng chance, int left)
    {
        if (left == 0)
        {
            Restart(victim, chance);
            return;
        }

        if (world.Leader() is not { } leader)
            return;
        int key = (int)chance.Below((ulong)world.Options.Keys);
        long deleted = world.Watch.Order.AnsweredRevision + 2;
        world.Ask(leader, new StoreRequest(StoreRequestKind.Put, key, Value: world.NextValue()));
        world.Ask(leader, new StoreRequest(StoreRequestKind.Delete, key));
        lookout.Await(LooksMax, () => world.Watch.Order.AnsweredRevision >= deleted, () =>
        {
            world.Ask(leader, new StoreRequest(StoreRequestKind.Compact, Revision: world.Watch.Order.AnsweredRevision));
            world.After(chance.Between(1, 30) * Span.Millisecond, () =>
            {
                if (!lookout.Stopped)
                    Round(victim, chance, left - 1);
            });
        });
    }

    private void Restart(Machine victim, Prng chance)
    {
        if (!victim.IsRunning)
            return;
        world.Injector.Disturb();
        victim.Kill(power: chance.Chance(1, 2));
        victim.StartAfter(chance.Between(1, 800) * Span.Millisecond);
    }
}
