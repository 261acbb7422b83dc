using System.Diagnostics;
using Quorate.Checkers;
using Quorate.Simulation;
using Quorate.Simulation.Exploration;
using Quorate.Simulation.Scenarios;

namespace Quorate.Mutants;

/// <summary>
/// Runs seeds of the tree it was built from until a checker or an <c>Invariant</c> finds something, or the budget of processor time is
/// used up, and says so in one line of fields apart by tabs: outcome, promise, seed, seconds, seeds, message. For <c>./mutants</c>.
/// </summary>
internal static class Program
{
    private const int HungSeconds = 120; // one seed takes a second or two

    private static int Main(string[] arguments)
    {
        if (arguments is ["--trace", var path])
            return Trace(path);
        HuntOptions options;
        try
        {
            options = HuntOptions.Parse(arguments);
        }
        catch (Exception wrong) when (wrong is FormatException or OverflowException)
        {
            Console.Error.WriteLine(wrong.Message);
            return 2;
        }

        // The simulator runs on this thread alone; a mutant may keep it busy for ever.
        var hunt = new Hunt(options);
        var watchdog = new Thread(() => Watch(hunt, options)) { IsBackground = true };
        watchdog.Start();
        Report(hunt.Run());
        return 0;
    }

    /// <summary>Plays a scenario of what the planted bug does, and writes it out with what happened.</summary>
    private static int Trace(string path)
    {
        try
        {
            ScenarioFile scenario = ScenarioFile.Parse(Path.GetFileNameWithoutExtension(path), File.ReadAllText(path));
            Console.Out.Write(ScenarioPlayer.PlayBroken(scenario, ScenarioGallery.EngineOf("raft")).ToString());
            return 0;
        }
        catch (ScenarioFailedException failure)
        {
            Console.Error.WriteLine(failure.Message);
            return 1;
        }
    }

    private static void Watch(Hunt hunt, HuntOptions options)
    {
        using var wake = new ManualResetEventSlim();
        while (!wake.Wait(TimeSpan.FromSeconds(1)))
        {
            bool inTime = options.Bounds is not null || Hunt.Used < hunt.SeedBegun + TimeSpan.FromSeconds(HungSeconds); // an exploration is no seed
            if (inTime && Hunt.Used < options.Budget + TimeSpan.FromSeconds(2 * HungSeconds))
                continue;
            string late = options.Bounds is null ? $"one seed took more than {HungSeconds} s" : "the exploration took longer than its budget";
            Report(new Outcome("hung", "", hunt.Seed, Hunt.Used, hunt.Seeds, late));
            Environment.Exit(0);
        }
    }

    private static void Report(Outcome outcome) => Console.WriteLine(string.Join(
        '\t',
        outcome.Word,
        outcome.Promise.Length == 0 ? "-" : outcome.Promise, // an empty field is none to a shell
        outcome.Seed,
        $"{outcome.Used.TotalSeconds:F1}",
        outcome.Seeds,
        outcome.Message.ReplaceLineEndings(" ").Replace('\t', ' ')));
}

/// <summary>How a hunt ended.</summary>
/// <param name="Word"><c>caught</c>, <c>crashed</c> (by an exception that is no check's), <c>survived</c> or <c>hung</c>.</param>
/// <param name="Promise">The promise broken, or the kind of exception.</param>
/// <param name="Seed">In which seed; the last one run when it survived.</param>
/// <param name="Used">Processor time.</param>
/// <param name="Seeds">How many were run.</param>
/// <param name="Message">For people.</param>
internal sealed record Outcome(string Word, string Promise, ulong Seed, TimeSpan Used, int Seeds, string Message);

/// <summary>Runs the seeds. Owner: the main thread; the watchdog looks on.</summary>
internal sealed class Hunt(HuntOptions options)
{
    private readonly Lock gate = new();
    private TimeSpan seedBegun;
    private ulong seed;
    private int seeds;
    private SeedResult? crashed;

    /// <summary>Processor time of this process, in all.</summary>
    public static TimeSpan Used => Process.GetCurrentProcess().TotalProcessorTime;

    /// <summary>When the seed under way began.</summary>
    public TimeSpan SeedBegun
    {
        get
        {
            lock (gate)
                return seedBegun;
        }
    }

    /// <summary>The seed under way.</summary>
    public ulong Seed
    {
        get
        {
            lock (gate)
                return seed;
        }
    }

    /// <summary>Seeds begun.</summary>
    public int Seeds
    {
        get
        {
            lock (gate)
                return seeds;
        }
    }

    /// <summary>The recorded seed first, then from the first one on.</summary>
    public Outcome Run()
    {
        if (options.Bounds is { } bounds)
            return Explore(bounds);
        if (options.Recorded is { } recorded && Try(recorded) is { } again)
            return again;
        for (ulong next = options.First; Used < options.Budget; next++)
        {
            if (next != options.Recorded && Try(next) is { } outcome)
                return outcome;
        }

        return crashed is { Violation: { } violation }
            ? new Outcome("crashed", violation.Promise, crashed.Seed, Used, Seeds, $"{violation.Message} {violation.Detail}")
            : new Outcome("survived", "", Seed, Used, Seeds, "");
    }

    /// <summary>Every state within bounds is looked at, however long it takes: that is the same on every run.</summary>
    private Outcome Explore(string name)
    {
        ExplorationResult result =
            SynodBounds.All.SingleOrDefault(b => b.Name == name) is { } synod
            ? new SynodExplorer(synod with { BallotsEach = options.Campaigns ?? synod.BallotsEach }).Explore()
            : new Explorer(Engines.Of(options.Engine), BoundsOf(name)).Explore();
        return result.Violation is { } violation
            ? new Outcome("caught", WordOf(violation), 0, Used, 1, $"{violation} ({result.States} states, {result.Depth + 1} steps)")
            : new Outcome("survived", "", 0, Used, 1, $"({result.States} states, {result.Depth} steps)");
    }

    private ExplorationBounds BoundsOf(string name)
    {
        ExplorationBounds named = ExplorationBounds.All.Single(b => b.Name == name);
        return named with
        {
            Campaigns = options.Campaigns ?? named.Campaigns,
            Proposals = options.Proposals ?? named.Proposals,
            Crashes = options.Crashes ?? named.Crashes,
        };
    }

    /// <summary>What the explorer found, in the words of the checkers (docs/mutants.md).</summary>
    private static string WordOf(string violation) => violation.Split(':')[0] switch
    {
        "agreement" or "one value a ballot" => "agreement",
        "validity" => nameof(Promise.Validity),
        "election safety" => nameof(Promise.ElectionSafety),
        "log matching" => nameof(Promise.LogMatching),
        "leader completeness" or "committed entries never change" => nameof(Promise.LeaderCompleteness),
        "durable on a quorum" or "decided slots are held" => nameof(Promise.QuorumDurability),
        var other when other.StartsWith("invariant broken", StringComparison.Ordinal) => "Invariant",
        var other => other,
    };

    private Outcome? Try(ulong which)
    {
        lock (gate)
            (seed, seedBegun, seeds) = (which, Used, seeds + 1);
        SeedResult result = SeedRun.Run(options.RunOf(which));
        if (result.Violation is not { } violation)
            return null;
        if (violation.Promise == "Invariant" || Enum.TryParse<Promise>(violation.Promise, out _))
            return new Outcome("caught", violation.Promise, which, Used, Seeds, violation.Message);
        crashed ??= result; // not what was planted being found: goes on looking
        return null;
    }
}
