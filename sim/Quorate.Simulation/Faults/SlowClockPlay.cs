using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A leader whose clock is slow, among others whose clocks are fast, is cut off; it is asked for reads, and the others for writes, all through the time in
/// which its lease ends and they can elect another.
/// </summary>
internal sealed class SlowClockPlay(World world, NetworkFaults network)
{
    private bool stopped;

    /// <summary>Begins with whom leads now.</summary>
    public bool Begin(Prng chance)
    {
        if (world.Leader() is null)
            return false;
        Round(chance, (int)chance.Between(1, 4));
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => stopped = true;

    private void Round(Prng chance, int left)
    {
        if (stopped || left == 0 || world.Leader() is not { } leader)
            return;
        List<Machine> others = [.. world.Members.Where(m => m != leader && m.State != MemberState.Retired)];
        if (others.Count == 0)
            return;
        world.Injector.Disturb();

        // As much as leases allow for, or far more where there are none.
        bool leases = world.Options.Replica.Core.LeaseReads;
        SetRate(leader, leases ? 955_000 : chance.Between(300_000, 900_000));
        others.ForEach(other => SetRate(other, leases ? 1_045_000 : 1_000_000));
        long notice = chance.Between(150, 400) * Span.Millisecond; // a round is confirmed by these clocks
        long lasts = chance.Between(1200, 2500) * Span.Millisecond;
        long interval = chance.Between(3, 12) * Span.Millisecond;
        long election = world.Options.ElectionNanoseconds;
        world.After(notice, () =>
        {
            if (stopped)
                return;
            network.Separate([leader], others, lasts);
            int asked = 0;
            for (long at = election * 9 / 10; at < election * 12 / 10; at += interval)
            {
                Machine other = others[asked++ % others.Count];
                world.After(at, () => Ask(leader, other));
            }
        });
        world.After(notice + lasts, () =>
        {
            SetRate(leader, 1_000_000);
            others.ForEach(other => SetRate(other, 1_000_000));
            world.After(chance.Between(500, 2000) * Span.Millisecond, () => Round(chance, left - 1));
        });
    }

    private void Ask(Machine leader, Machine other)
    {
        if (stopped)
            return;
        world.Burst(other, 1);
        world.BurstReads(leader, 1);
    }

    private static void SetRate(Machine machine, long perMillion)
    {
        machine.Clock.SetRate(perMillion);
        machine.Process?.Driver.ClockChanged();
    }
}
