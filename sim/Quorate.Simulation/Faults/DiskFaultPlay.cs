using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>What is done to disks, and undone where it can be.</summary>
internal sealed class DiskFaultPlay(World world)
{
    private const string HardStateFile = "state";

    /// <summary>Trouble that leaves what is durable whole.</summary>
    public bool Trouble(FaultKind kind, Machine victim, Prng chance)
    {
        DiskFaults faults = victim.DiskFaults;
        switch (kind)
        {
            case FaultKind.DiskStall:
                long lasts = chance.Chance(1, 2) ? chance.Between(50, 1500) * Span.Millisecond : chance.Between(1, 15) * Span.Second;
                faults.StalledUntilNanoseconds = Math.Max(faults.StalledUntilNanoseconds, world.Time.NowNanoseconds + lasts);
                return true;
            case FaultKind.DiskFull:
                victim.Image.CapacityBytes = victim.Image.UsedBytes + chance.Between(0, 200 << 10);
                world.After(chance.Between(2, 40) * Span.Second, () => victim.Image.CapacityBytes = long.MaxValue);
                return true;
            case FaultKind.SlowDisk:
                Slow(victim, chance, chance.Between(2, 60) * Span.Second);
                return true;
            case FaultKind.SyncError:
                faults.SyncsToFail++;
                return true;
            case FaultKind.WriteError:
                faults.WritesToFail++;
                return true;
            default:
                faults.ReadsToFail++;
                return true;
        }
    }

    /// <summary>Syncs take long for a while: writes queue up behind each other, and become durable one after another.</summary>
    public void Slow(Machine victim, Prng chance, long lasts)
    {
        victim.DiskFaults.SyncMaxNanoseconds = chance.Between(50, 1500) * Span.Millisecond;
        victim.DiskFaults.SyncMinNanoseconds = victim.DiskFaults.SyncMaxNanoseconds / (long)chance.Between(1, 10);
        world.After(lasts, () => AsFast(victim));
    }

    /// <summary>What directories hold is read and changed slowly for a while.</summary>
    public void SlowNames(Machine victim, Prng chance, long lasts)
    {
        victim.DiskFaults.NamesMaxNanoseconds = chance.Between(20, 700) * Span.Millisecond;
        world.After(lasts, () => victim.DiskFaults.NamesMaxNanoseconds = 0);
    }

    /// <summary>A slow disk is as fast again as it was.</summary>
    public void AsFast(Machine member) =>
        world.Options.Tune(member.DiskFaults, world.Streams.Of(StreamKind.Disk, -(long)member.Id.Value));

    /// <summary>What was durable is damaged: only while a majority stays whole.</summary>
    public bool Damage(FaultKind kind, Machine victim, Prng chance)
    {
        if (!world.CanLose(victim))
            return false;
        List<string> paths = [.. victim.Image.Paths()];
        if (paths.Count == 0)
            return false;
        string path = paths[(int)chance.Below((ulong)paths.Count)];
        // A torn tail and a rotten one look alike: of the log, the last batch is spared. In all other files damage can be told, so nothing is.
        bool isLog = path.StartsWith("log/", StringComparison.Ordinal);
        IReadOnlyList<long> sectors = isLog ? victim.Image.SettledSectors(path) : victim.Image.DurableSectors(path);
        if (sectors.Count == 0)
            return false;
        long sector = sectors[(int)chance.Below((ulong)sectors.Count)];
        long other = sectors[(int)chance.Below((ulong)sectors.Count)];
        if (kind == FaultKind.Misdirect && sector == other)
            return false;
        victim.Damage(path);
        if (kind == FaultKind.Rot)
            Spoil(victim.Image.Rot, victim.Image, path, sector, chance);
        else if (kind == FaultKind.Unreadable)
            Spoil(victim.Image.LoseSector, victim.Image, path, sector, chance);
        else if (kind == FaultKind.Misdirect)
            victim.Image.Misdirect(path, sector, other);
        else
            victim.Image.LoseEntry(path);
        world.Note(victim.Id, $"{kind} of {path}, sector {sector}");

        // Somebody looks after a while, at the heal at the latest: a restart reads everything.
        int starts = victim.Starts;
        long looksAt = Math.Min(world.Time.NowNanoseconds + (chance.Between(0, 30) * Span.Second), world.Options.FaultNanoseconds);
        world.After(looksAt - world.Time.NowNanoseconds, () => Scrub(victim, starts));
        return true;
    }

    /// <summary>The whole disk is gone, and with it the process.</summary>
    public bool Lose(Machine victim)
    {
        if (!world.CanLose(victim))
            return false;
        victim.LoseDisk();
        return true;
    }

    /// <summary>Trouble ends; damage does not.</summary>
    public void Heal(Machine member)
    {
        member.Image.CapacityBytes = long.MaxValue;
        member.DiskFaults.StalledUntilNanoseconds = Math.Min(member.DiskFaults.StalledUntilNanoseconds, world.Time.NowNanoseconds);
        AsFast(member);
        member.DiskFaults.NamesMaxNanoseconds = 0;
        member.DiskFaults.SyncsToFail = member.DiskFaults.WritesToFail = member.DiskFaults.ReadsToFail = 0;
    }

    /// <summary>Of the hard state's two copies often both: a member must not go on with what it finds.</summary>
    private static void Spoil(Action<string, long> spoil, DiskImage image, string path, long sector, Prng chance)
    {
        spoil(path, sector);
        if (path != HardStateFile || !chance.Chance(1, 2))
            return;
        foreach (long other in image.DurableSectors(path))
        {
            if (other != sector)
                spoil(path, other);
        }
    }

    private static void Scrub(Machine victim, int starts)
    {
        if (victim.Starts != starts || victim.State != MemberState.Up)
            return;
        victim.Kill(power: false);
        victim.StartAfter(Span.Millisecond);
    }
}
