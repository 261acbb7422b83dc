using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// Carries a plan out, within the promise: at any time a majority of the configuration has whole disks and complete logs; where quorums have other
/// sizes, as many as the larger of the two phases needs.
/// </summary>
internal sealed class FaultInjector : IScheduled
{
    /// <summary>What cannot be done just now is tried again, this often at most.</summary>
    private const int TriesMax = 8;

    // What can strike anybody that is there.
    private static readonly FaultKind[] always = [FaultKind.Crash, FaultKind.PowerLoss, FaultKind.Pause, FaultKind.DiskStall];

    private const long DisturbedFor = 5 * Span.Second; // what was asked may be on its way as long

    private readonly World world;
    private readonly NetworkFaults network;
    private readonly DiskFaultPlay disks;
    private readonly LeaderHunter hunter;
    private readonly StaleLeaderPlay staleLeaders;
    private readonly ChangeStormPlay changes;
    private readonly CrashThenPowerPlay crashes;
    private readonly LostWitnessPlay witnesses;
    private readonly PowerAmidWritesPlay cuts;
    private readonly UnheardMemberPlay unheard;
    private readonly LongTailPlay tails;
    private readonly SplitChangePlay splits;
    private readonly SlowClockPlay clocks;
    private readonly SlowNamesPlay names;
    private readonly CompactCrashPlay compactions;
    private readonly LateHandOverPlay handOvers;
    private readonly LeaderLoad load;
    private readonly SecondSnapshotPlay snapshots;
    private readonly ReadAcrossChangePlay reads;
    private readonly OldQuorumPlay quorums;
    private IReadOnlyList<Fault> plan = [];
    private bool healed;

    public FaultInjector(World world)
    {
        this.world = world;
        network = new NetworkFaults(world);
        disks = new DiskFaultPlay(world);
        hunter = new LeaderHunter(world, network);
        staleLeaders = new StaleLeaderPlay(world, network, disks);
        changes = new ChangeStormPlay(world);
        crashes = new CrashThenPowerPlay(world, disks);
        witnesses = new LostWitnessPlay(world, network);
        cuts = new PowerAmidWritesPlay(world, disks);
        unheard = new UnheardMemberPlay(world, network);
        tails = new LongTailPlay(world, network);
        splits = new SplitChangePlay(world, network);
        clocks = new SlowClockPlay(world, network);
        names = new SlowNamesPlay(world, disks);
        compactions = new CompactCrashPlay(world);
        handOvers = new LateHandOverPlay(world, network);
        load = new LeaderLoad(world);
        snapshots = new SecondSnapshotPlay(world, network, load);
        reads = new ReadAcrossChangePlay(world, network);
        quorums = new OldQuorumPlay(world, network, load);
    }

    /// <summary>Whom and when each class hit.</summary>
    public FaultTable Table { get; } = new();

    /// <summary>Until then something that is no fault of a link may cost a leader its office.</summary>
    public long DisturbedAt { get; private set; }

    /// <summary>Something other than a link is to blame when the leader goes now.</summary>
    public void Disturb() => DisturbedAt = world.Time.NowNanoseconds + DisturbedFor;

    public void Begin(IReadOnlyList<Fault> faults)
    {
        plan = faults;
        for (int i = 0; i < faults.Count; i++)
            world.Time.At(faults[i].AtNanoseconds, this, i);
    }

    public void Fire(long argument)
    {
        if (healed)
            return;
        Fault fault = plan[(int)(argument % plan.Count)];
        int tries = (int)(argument / plan.Count);
        var chance = new Prng(fault.Seed + (ulong)tries);
        if (Strike(fault, fault.Kind, chance))
            return;
        if (tries + 1 < TriesMax)
            world.Time.After(chance.Between(1, 15) * Span.Second, this, argument + plan.Count);
        else if (fault.GivesWay)
            Strike(fault, always[chance.Below((ulong)always.Length)], chance);
    }

    private bool Strike(Fault fault, FaultKind kind, Prng chance)
    {
        if (Victim(chance) is not { } victim)
            return false;
        string role = victim.Status is { } status ? (status.IsLearner ? "learner" : $"{status.Role}".ToLowerInvariant()) : "down";
        string phase = world.PhaseOf(victim);
        if (!IsOfLinks(kind) && kind != FaultKind.Overload)
            Disturb();
        if (!Inject(kind, victim, chance))
            return false;
        Table.Count(kind, role, phase);
        world.Watch.Trace.Add((ulong)kind, victim.Id.Value);
        world.Note(victim.Id, $"fault {fault.Number}: {kind}");
        return true;
    }

    /// <summary>Nothing passes between that member and anybody, until the heal.</summary>
    public void Isolate(Machine member) => network.Isolate(member);

    /// <summary>No more faults; what ails the cluster ends, save for those who stay away.</summary>
    public void Heal(IReadOnlyCollection<Machine> away)
    {
        healed = true;
        hunter.Stop();
        staleLeaders.Stop();
        changes.Stop();
        crashes.Stop();
        witnesses.Stop();
        cuts.Stop();
        unheard.Stop();
        tails.Stop();
        splits.Stop();
        clocks.Stop();
        names.Stop();
        compactions.Stop();
        handOvers.Stop();
        load.Stop();
        snapshots.Stop();
        reads.Stop();
        quorums.Stop();
        Disturb();
        network.Heal(away);
        foreach (Machine member in world.Members)
        {
            if (away.Contains(member))
                continue;
            member.SwitchOn();
            disks.Heal(member);
            member.Clock.SetRate(1_000_000);
            member.Process?.Driver.ClockChanged();
            if (member.Process is null)
                member.StartAfter(100 * Span.Millisecond);
        }
    }

    /// <summary>Mostly anybody, often the leader.</summary>
    private Machine? Victim(Prng chance)
    {
        List<Machine> living = [.. world.Members.Where(m => m.State is MemberState.Up or MemberState.Down)];
        if (living.Count == 0)
            return null;
        Machine any = living[(int)chance.Below((ulong)living.Count)];
        return chance.Chance(2, 5) && world.Leader() is { } leader ? leader : any;
    }

    private bool Inject(FaultKind kind, Machine victim, Prng chance) => kind switch
    {
        FaultKind.Drop or FaultKind.Delay or FaultKind.Duplicate or FaultKind.Reorder or FaultKind.Hold => network.Trouble(kind, victim, chance),
        FaultKind.PartitionFull or FaultKind.PartitionAsymmetric or FaultKind.PartitionBridge or FaultKind.PartitionChain =>
            network.Partition(kind, victim, chance),
        FaultKind.Crash => Crash(victim, chance, power: false),
        FaultKind.PowerLoss => Crash(victim, chance, power: true),
        FaultKind.CrashLoop => CrashLoop(victim, chance, (int)chance.Between(2, 6)),
        FaultKind.PowerLossAll => PowerLossAll(chance),
        FaultKind.Pause => Pause(victim, chance),
        FaultKind.ClockDrift => Drift(victim, chance),
        FaultKind.ClockJump => Jump(victim, chance),
        FaultKind.DiskStall or FaultKind.DiskFull or FaultKind.SlowDisk or FaultKind.SyncError or FaultKind.WriteError or FaultKind.ReadError =>
            disks.Trouble(kind, victim, chance),
        FaultKind.Rot or FaultKind.Unreadable or FaultKind.Misdirect or FaultKind.LostEntry => disks.Damage(kind, victim, chance),
        FaultKind.LostDisk => disks.Lose(victim),
        FaultKind.Transfer => Transfer(victim, chance),
        FaultKind.AddMember => Add(null) is not null,
        FaultKind.SwapMember => Add(victim) is not null,
        FaultKind.RemoveMember => Remove(victim),
        FaultKind.LeaderHunt => hunter.Begin(victim, chance),
        FaultKind.StaleLeader => staleLeaders.Begin(victim, chance),
        FaultKind.ChangeStorm => changes.Begin(chance),
        FaultKind.CrashThenPower => crashes.Begin(victim, chance),
        FaultKind.LostWitness => witnesses.Begin(chance),
        FaultKind.PowerAmidWrites => cuts.Begin(victim, chance),
        FaultKind.UnheardMember => unheard.Begin(chance),
        FaultKind.LongTail => tails.Begin(chance),
        FaultKind.SplitChange => BeginAmidChange(victim, () => splits.Begin(chance, (int)chance.Between(1, 3))),
        FaultKind.SlowClock => clocks.Begin(chance),
        FaultKind.SlowNames => names.Begin(victim, chance),
        FaultKind.CompactCrash => compactions.Begin(victim, chance),
        FaultKind.LateHandOver => handOvers.Begin(chance),
        FaultKind.SlowApply => SlowApply(victim, chance),
        FaultKind.SecondSnapshot => snapshots.Begin(chance),
        FaultKind.ReadAcrossChange => BeginAmidChange(victim, () => reads.Begin(chance, changes: 1)),
        FaultKind.OldQuorum => BeginAmidChange(victim, () => quorums.Begin(chance, changes: 1)),
        FaultKind.Overload => world.Burst(victim, (int)chance.Between(100, 1500)),
    };

    private static bool IsOfLinks(FaultKind kind) => kind is FaultKind.Drop or FaultKind.Delay or FaultKind.Duplicate or FaultKind.Reorder
        or FaultKind.Hold or FaultKind.PartitionFull or FaultKind.PartitionAsymmetric or FaultKind.PartitionBridge or FaultKind.PartitionChain;

    private static bool Crash(Machine victim, Prng chance, bool power)
    {
        victim.Kill(power);
        victim.StartAfter(Prolonged(chance));
        return true;
    }

    private bool CrashLoop(Machine victim, Prng chance, int left)
    {
        if (healed || left == 0)
        {
            victim.StartAfter(Span.Millisecond);
            return true;
        }

        victim.Kill(chance.Chance(2, 3));
        victim.StartAfter(Span.Millisecond);
        // Short: while it opens its directory. Longer: while it reads its log, or just after it began to take part.
        long until = chance.Chance(1, 2) ? chance.Between(1, 5 * Span.Millisecond) : chance.Between(1, 3000 * Span.Millisecond);
        world.After(2 * Span.Millisecond + until, () => CrashLoop(victim, chance, left - 1));
        return true;
    }

    /// <summary>The power of everybody fails; they start again within some seconds.</summary>
    public bool PowerLossAll(Prng chance)
    {
        foreach (Machine member in world.Members)
        {
            if (member.State is not (MemberState.Up or MemberState.Down))
                continue;
            member.Kill(power: true);
            member.StartAfter(chance.Between(10 * Span.Millisecond, 5 * Span.Second));
        }

        return true;
    }

    private bool Pause(Machine victim, Prng chance)
    {
        victim.Pause(chance.Chance(1, 2) ? chance.Between(10, 900) * Span.Millisecond : chance.Between(1, 12) * Span.Second);
        return world is not null;
    }

    private static bool SlowApply(Machine victim, Prng chance)
    {
        victim.StallApply(chance.Chance(1, 2) ? chance.Between(10, 1000) * Span.Millisecond : chance.Between(1, 10) * Span.Second);
        return true;
    }

    private bool Drift(Machine victim, Prng chance)
    {
        // Lease reads rest on a bound on drift; without them a clock may run wild.
        long rate = world.Options.Replica.Core.LeaseReads
            ? 1_000_000 + chance.Between(-40_000, 40_000)
            : chance.Between(300_000, 3_000_000);
        victim.Clock.SetRate(rate);
        victim.Process?.Driver.ClockChanged();
        world.After(chance.Between(10, 120) * Span.Second, () =>
        {
            victim.Clock.SetRate(1_000_000);
            victim.Process?.Driver.ClockChanged();
        });
        return true;
    }

    private bool Jump(Machine victim, Prng chance)
    {
        // A lease counts on the clocks of those who granted it. Whoever leads has granted none: its own lease is over early.
        if (world.Options.Replica.Core.LeaseReads && victim.Status is not { Role: CoreRole.Leader })
            return false;
        victim.Clock.Jump(chance.Between(50, 20_000) * Span.Millisecond);
        victim.Process?.Driver.ClockChanged();
        return true;
    }

    private bool Transfer(Machine victim, Prng chance)
    {
        if (world.AnyRunning(preferLeader: chance.Chance(2, 3)) is not { Process.Callers: { } callers })
            return false;
        callers.Transfer(chance.Chance(1, 3) ? NodeId.None : victim.Id, _ => { });
        return true;
    }

    /// <summary>A member comes, in the place of another or beside all.</summary>
    /// <returns>It; null when there are too many.</returns>
    public Machine? Add(Machine? leaving)
    {
        if (world.Members.Count(m => m.State != MemberState.Retired) >= World.MembersMax)
            return null;
        Machine added = world.NewMember();
        added.Start();
        CutFirstStart(added);
        world.Operator.Add(new AddErrand(world, added, leaving));
        return added;
    }

    /// <summary>Half of the directories that are made see the power go while they are, once or several times.</summary>
    public void CutFirstStart(Machine member)
    {
        Prng chance = world.Streams.Of(StreamKind.Operator, -(long)(member.Id.Value << 32 | (uint)member.Starts));
        if (!healed && chance.Chance(1, 2))
            CutSoon(member, chance, (int)chance.Between(1, 3));
    }

    private void CutSoon(Machine member, Prng chance, int left)
    {
        if (left == 0)
            return;
        int starts = member.Starts;
        world.After(chance.Between(1, 5 * Span.Millisecond), () =>
        {
            if (member.Starts != starts || member.State != MemberState.Up)
                return;
            member.Kill(power: true);
            member.Start();
            CutSoon(member, chance, left - 1);
        });
    }

    /// <summary>A member comes in another's place, and a play waits for that to be proposed.</summary>
    private bool BeginAmidChange(Machine leaving, Action begin)
    {
        if (!world.Operator.IsIdle || Add(leaving) is null) // one at a time, or changes would go on long after the heal
            return false;
        begin();
        return true;
    }

    private bool Remove(Machine victim)
    {
        if (world.Watch.DecidedConfiguration.Voters.Length < 2)
            return false;
        world.Operator.Add(new RemoveErrand(world, victim));
        return true;
    }

    private static long Prolonged(Prng chance) =>
        chance.Chance(1, 2) ? chance.Between(5, 1000) * Span.Millisecond : chance.Between(1, 20) * Span.Second;
}

/// <summary>Faults by class, role of whom they hit, and phase of the protocol.</summary>
public sealed class FaultTable
{
    private readonly SortedDictionary<(FaultKind Kind, string Role, string Phase), long> counts = [];

    /// <summary>The counts, in order.</summary>
    public IReadOnlyDictionary<(FaultKind Kind, string Role, string Phase), long> Counts => counts;

    /// <summary>All of them.</summary>
    public long Total => counts.Values.Sum();

    internal void Count(FaultKind kind, string role, string phase) =>
        counts[(kind, role, phase)] = counts.GetValueOrDefault((kind, role, phase)) + 1;

    /// <summary>Takes another run's counts in.</summary>
    public void Add(FaultTable other)
    {
        foreach (((FaultKind Kind, string Role, string Phase) key, long count) in other.counts)
            counts[key] = counts.GetValueOrDefault(key) + count;
    }
}
