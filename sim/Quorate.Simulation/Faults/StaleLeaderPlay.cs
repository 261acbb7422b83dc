using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// A leader is cut off under load and replaced without knowing it; as it comes back its successor is cut off, several times in a row. It
/// takes this, and chance alone hardly brings it about, to see tails of entries that nobody else has, elections among logs of different
/// terms and lengths, reads of a leader that is none any more, and answers that arrive when they are worth nothing.
/// </summary>
internal sealed class StaleLeaderPlay(World world, NetworkFaults network, DiskFaultPlay disks)
{
    private bool stopped;

    /// <summary>Begins with whom leads now.</summary>
    public bool Begin(Machine victim, Prng chance)
    {
        Round(world.Leader() ?? victim, chance, (int)chance.Between(1, 4), chance.Between(0, 400) * Span.Millisecond);
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => stopped = true;

    private void Round(Machine leader, Prng chance, int left, long notice)
    {
        List<Machine> others = [.. world.Members.Where(m => m != leader && m.State != MemberState.Retired)];
        if (stopped || left == 0 || others.Count == 0 || leader.State is not (MemberState.Up or MemberState.Down))
            return;
        long lasts = chance.Between(1300, 6000) * Span.Millisecond;

        // Answers become late before the links are cut: some are on their way then.
        bool handsOver = chance.Chance(1, 4);
        bool late = chance.Chance(1, 2);
        if (late)
            network.Delay(leader, (int)chance.Between(300, 1000), chance.Between(100, 3000) * Span.Millisecond, notice + lasts);
        if (chance.Chance(1, 2))
            Slacken(leader, others, chance, notice + lasts);

        // What the others forward just before may be in everybody's log, and they do not know.
        Machine asked = others[(int)chance.Below((ulong)others.Count)];
        long onItsWay = chance.Between(0, 4 * (world.Options.DelayMaxNanoseconds + world.Options.SyncMaxNanoseconds));
        int forwarded = chance.Chance(1, 2) ? (int)chance.Between(1, 20) : 0;
        world.After(Math.Max(0, notice - onItsWay), () => world.Burst(asked, stopped ? 0 : forwarded));
        world.After(notice, () =>
        {
            if (stopped)
                return;
            world.BurstReads(leader, 2);
            if (handsOver)
                HandOver(leader, others, late, lasts);
            else
                CutOff(leader, others, chance, lasts);
            Burden(leader, others, chance, lasts, from: handsOver ? 0 : chance.Between(600, 1200) * Span.Millisecond);
            Trouble(leader, chance, lasts);
        });
        world.After(notice + lasts, () => GoOn(leader, chance, left - 1));
    }

    /// <summary>The one comes back, and who leads now is the next.</summary>
    private void GoOn(Machine former, Prng chance, int left)
    {
        if (stopped || left == 0 || world.Leader() is not { } next || next == former)
            return;
        if (chance.Chance(1, 4))
        {
            next.Kill(power: chance.Chance(1, 2));
            next.StartAfter(chance.Between(1, 4000) * Span.Millisecond);
        }
        else
        {
            Round(next, chance, left, notice: 0);
        }
    }

    private void CutOff(Machine leader, List<Machine> others, Prng chance, long lasts)
    {
        bool all = chance.Chance(2, 3);
        if (chance.Chance(1, 3))
            network.Cut([.. others.Select(o => (leader, o))], lasts); // it still hears
        else
            network.Separate([leader], [.. others.Where(_ => all || chance.Chance(2, 3))], lasts);
    }

    /// <summary>Its successor is there within moments, and it does not hear of it, or late.</summary>
    private void HandOver(Machine leader, List<Machine> others, bool late, long lasts)
    {
        world.Injector.Disturb();
        leader.Process?.Callers?.Transfer(NodeId.None, _ => { });
        if (!late)
            network.Cut([.. others.Select(o => (o, leader))], lasts);
    }

    /// <summary>Clients ask the old leader, and the others too, mostly from when they can have elected.</summary>
    private void Burden(Machine leader, List<Machine> others, Prng chance, long lasts, long from)
    {
        if (chance.Chance(3, 4))
            world.Burst(leader, (int)(chance.Chance(1, 2) ? chance.Between(1, 8) : chance.Between(8, 150)));
        if (!chance.Chance(1, 2))
            return;
        long interval = chance.Between(8, 60) * Span.Millisecond;
        long steps = Math.Min(120, (lasts - from) / interval);
        for (long i = 0; i < steps; i++)
        {
            Machine other = others[(int)(i % others.Count)];
            world.After(from + (i * interval), () =>
            {
                if (stopped)
                    return;
                world.Burst(other, 1);
                world.BurstReads(leader, 1);
            });
        }
    }

    private void Trouble(Machine leader, Prng chance, long lasts)
    {
        switch (chance.Below(8))
        {
            case 0:
                leader.Pause(chance.Between(1200, 5000) * Span.Millisecond);
                break;
            case 1: // its writes complete only when it follows another, and then slowly
                disks.Slow(leader, chance, lasts + (4 * Span.Second));
                leader.DiskFaults.StalledUntilNanoseconds = Math.Max(
                    leader.DiskFaults.StalledUntilNanoseconds, world.Time.NowNanoseconds + lasts + (chance.Between(0, 300) * Span.Millisecond));
                break;
            case 2:
                leader.Image.CapacityBytes = leader.Image.UsedBytes;
                world.After(lasts + (2 * Span.Second), () => leader.Image.CapacityBytes = long.MaxValue);
                break;
            case 3 or 4: // what it appends now nobody else will have
                world.After(chance.Between(0, 500) * Span.Millisecond, () => ChangeStormPlay.Ask(world, leader, chance));
                break;
            default:
                break;
        }
    }

    /// <summary>The leader's clock runs slower than the others': as much as leases allow, or far more where there are none.</summary>
    private void Slacken(Machine leader, List<Machine> others, Prng chance, long lasts)
    {
        bool leases = world.Options.Replica.Core.LeaseReads;
        SetRate(leader, leases ? 955_000 : chance.Between(300_000, 900_000));
        foreach (Machine other in others)
            SetRate(other, leases ? 1_045_000 : 1_000_000);
        world.After(lasts, () =>
        {
            SetRate(leader, 1_000_000);
            others.ForEach(other => SetRate(other, 1_000_000));
        });
    }

    private static void SetRate(Machine machine, long perMillion)
    {
        machine.Clock.SetRate(perMillion);
        machine.Process?.Driver.ClockChanged();
    }
}
