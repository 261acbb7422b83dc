using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>One fault to come.</summary>
/// <param name="Number">Its place in the plan, from 1; stays the same when others are left out.</param>
/// <param name="Kind">What.</param>
/// <param name="AtNanoseconds">When.</param>
/// <param name="Seed">Decides whom it hits, and how.</param>
/// <param name="GivesWay">Where it cannot be done in all its tries, in a cluster of one above all, another strikes instead: nobody asked for this class.</param>
public sealed record Fault(int Number, FaultKind Kind, long AtNanoseconds, ulong Seed, bool GivesWay);

/// <summary>Which faults happen when. Drawn before a run begins, each class from its own stream; what is not wanted is left out afterwards.</summary>
public static class FaultPlan
{
    /// <summary>All classes.</summary>
    public static IReadOnlyList<FaultKind> Kinds { get; } = Enum.GetValues<FaultKind>();

    /// <summary>Faults in ten minutes at least.</summary>
    public const int FaultsMin = 16;

    // What takes several blows in the right order; a third of the seeds deals one of these again and again.
    private static readonly FaultKind[] concentrated =
    [
        FaultKind.LeaderHunt, FaultKind.SlowDisk, FaultKind.StaleLeader, FaultKind.ChangeStorm, FaultKind.CrashThenPower, FaultKind.LostWitness,
        FaultKind.Transfer, FaultKind.SwapMember, FaultKind.PowerAmidWrites, FaultKind.UnheardMember, FaultKind.LongTail, FaultKind.SplitChange,
        FaultKind.SlowClock, FaultKind.SlowNames, FaultKind.Hold, FaultKind.LateHandOver,
        FaultKind.SecondSnapshot, FaultKind.ReadAcrossChange, FaultKind.OldQuorum,
    ];

    /// <summary>Draws the plan of a seed: half the classes, about one fault of each in ten minutes; in some seeds one class ten times as often.</summary>
    /// <param name="streams">The seed's.</param>
    /// <param name="durationNanoseconds">Faults happen until then.</param>
    /// <param name="wanted">These classes alone, each of them active; empty: as the seed has it.</param>
    public static List<Fault> Draw(Streams streams, long durationNanoseconds, IReadOnlyCollection<FaultKind> wanted)
    {
        var drawn = new List<(FaultKind Kind, long At, ulong Seed)>();
        var active = new List<FaultKind>();
        long tenMinutes = Math.Max(1, durationNanoseconds / (600 * Span.Second));
        Prng focus = streams.Of(StreamKind.Fault, -2);
        FaultKind? often = focus.Chance(1, 3) ? concentrated[focus.Below((ulong)concentrated.Length)] : null;
        foreach (FaultKind kind in Kinds)
        {
            Prng chance = streams.Of(StreamKind.Fault, (long)kind);
            bool isActive = chance.Chance(1, 2);
            long count = chance.Between(0, 2 * tenMinutes);
            if (kind == often && wanted.Count == 0)
                (isActive, count) = (true, 10 * tenMinutes);
            if (wanted.Count > 0)
            {
                isActive = wanted.Contains(kind);
                count = Math.Max(count, tenMinutes) * 10 / wanted.Count;
            }

            if (isActive)
                active.Add(kind);
            for (long i = 0; isActive && i < count; i++)
                drawn.Add((kind, chance.Between(5 * Span.Second, durationNanoseconds), chance.NextUInt64()));
        }

        Prng more = streams.Of(StreamKind.Fault, -1);
        while (active.Count > 0 && drawn.Count < FaultsMin * tenMinutes)
            drawn.Add((active[(int)more.Below((ulong)active.Count)], more.Between(5 * Span.Second, durationNanoseconds), more.NextUInt64()));

        drawn.Sort((a, b) => (a.At, a.Kind, a.Seed).CompareTo((b.At, b.Kind, b.Seed)));
        return [.. drawn.Select((f, i) => new Fault(i + 1, f.Kind, f.At, f.Seed, GivesWay: wanted.Count == 0))];
    }
}
