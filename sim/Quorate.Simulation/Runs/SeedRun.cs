using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>Which run is wanted.</summary>
public sealed record SeedOptions
{
    /// <summary>Decides everything that is not set here.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The protocol, by name.</summary>
    public string Engine { get; init; } = "raft";

    /// <summary>Members at the start; null: as the seed has it.</summary>
    public int? Size { get; init; }

    /// <summary>How long faults happen, in nanoseconds; 10 minutes and up.</summary>
    public long FaultNanoseconds { get; init; } = 600 * Span.Second;

    /// <summary>These classes of faults alone; empty: as the seed has it.</summary>
    public IReadOnlyCollection<FaultKind> Wanted { get; init; } = [];

    /// <summary>Of the faults planned, those with these numbers alone; null: all. What else the seed decides stays as it was.</summary>
    public IReadOnlySet<int>? Only { get; init; }

    /// <summary>Records what happens, for people.</summary>
    public bool Record { get; init; }
}

/// <summary>How a run broke a promise.</summary>
/// <param name="Promise">Which promise, or the kind of exception.</param>
/// <param name="Message">One line for people.</param>
/// <param name="Detail">Where in the code, when it was an exception.</param>
public sealed record Violation(string Promise, string Message, string Detail);

/// <summary>What came of a run.</summary>
public sealed record SeedResult
{
    /// <summary>Of which seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>A hash of all that happened.</summary>
    public required ulong TraceHash { get; init; }

    /// <summary>Null when every promise was kept.</summary>
    public Violation? Violation { get; init; }

    /// <summary>Simulated time.</summary>
    public required long SimulatedNanoseconds { get; init; }

    /// <summary>Faults that were planned.</summary>
    public required IReadOnlyList<Fault> Plan { get; init; }

    /// <summary>Faults that happened, by role and phase.</summary>
    public required FaultTable Faults { get; init; }

    /// <summary>From the heal to the first answer to a write asked after it; -1 when there was none.</summary>
    public long HealToWriteNanoseconds { get; init; } = -1;

    /// <summary>From the heal until all members were equal; -1 when they never were.</summary>
    public long HealToEqualNanoseconds { get; init; } = -1;

    /// <summary>An election timeout of this run.</summary>
    public long ElectionNanoseconds { get; init; }

    /// <summary>Operations answered.</summary>
    public long Answered { get; init; }

    /// <summary>Entries decided.</summary>
    public ulong Decided { get; init; }

    /// <summary>Terms that had a leader.</summary>
    public int Terms { get; init; }

    /// <summary>Frames delivered.</summary>
    public long Frames { get; init; }

    /// <summary>Events fired.</summary>
    public long Events { get; init; }

    /// <summary>Failed requests by reason.</summary>
    public IReadOnlyDictionary<string, long> Refusals { get; init; } = new SortedDictionary<string, long>();

    /// <summary>The end of the run, when it was recorded.</summary>
    public Recorder? Recorder { get; init; }
}

/// <summary>One seed from beginning to end: faults, heal, and what must come of it. Pure: the same options give the same result.</summary>
public static class SeedRun
{
    /// <summary>Runs it.</summary>
    public static SeedResult Run(SeedOptions options)
    {
        var streams = new Streams(options.Seed);
        WorldOptions drawn = WorldOptions.Draw(streams, options.Size, options.FaultNanoseconds, Engines.Of(options.Engine));
        List<Fault> plan = FaultPlan.Draw(streams, options.FaultNanoseconds, options.Wanted);
        if (options.Only is { } only)
            plan.RemoveAll(f => !only.Contains(f.Number));
        var world = new World(options.Seed, drawn, options.Record ? new Recorder(drawn.Engine) : null);
        Violation? violation = null;
        long healed = -1;
        var aftermath = new Aftermath(world);
        try
        {
            world.Begin(plan);
            world.Time.RunUntil(drawn.FaultNanoseconds);
            healed = world.Time.NowNanoseconds;
            aftermath.Run();
        }
        catch (CheckFailedException broken)
        {
            violation = new Violation($"{broken.Promise}", $"{broken.Message} (at {Seconds(world)}, turn of member {world.Current})", "");
        }
        catch (Exception unexpected)
        {
            // Whatever escapes the production code is a violation: it is named here and nothing goes on.
            violation = new Violation(
                unexpected is InvariantBrokenException ? "Invariant" : unexpected.GetType().Name,
                $"{unexpected.Message} (at {Seconds(world)}, turn of member {world.Current})",
                $"{unexpected.StackTrace}");
        }

        world.End();
        return Result(options, drawn, plan, world, violation, healed, aftermath.EqualAt);
    }

    private static SeedResult Result(
        SeedOptions options, WorldOptions drawn, List<Fault> plan, World world, Violation? violation, long healed, long equalAt) => new()
        {
            Seed = options.Seed,
            TraceHash = world.Watch.Trace.Value,
            Violation = violation,
            SimulatedNanoseconds = world.Time.NowNanoseconds,
            Plan = plan,
            Faults = world.Faults,
            HealToWriteNanoseconds = world.FirstWriteAnsweredAt < 0 ? -1 : world.FirstWriteAnsweredAt - healed,
            HealToEqualNanoseconds = equalAt < 0 ? -1 : equalAt - healed,
            ElectionNanoseconds = drawn.ElectionNanoseconds,
            Answered = world.Watch.Order.Answered,
            Decided = world.Watch.Decided.Last,
            Terms = world.Watch.LeadersSeen,
            Frames = world.Network.Delivered,
            Events = world.Time.Fired,
            Refusals = world.Refusals.Counts,
            Recorder = world.Recorder,
        };

    private static string Seconds(World world) => $"{world.Time.NowNanoseconds / 1e9:F6} s";
}
