using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Quorate.Simulation;
using Quorate.Simulation.Exploration;
using IConsensusEngine = Quorate.Consensus.IConsensusEngine;

namespace Quorate.Cli.Sim;

/// <summary><c>quorate sim explore</c>: looks at every state that cores can reach within bounds.</summary>
internal static class ExploreCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        string[] names = [.. ExplorationBounds.All.Select(b => b.Name), .. SynodBounds.All.Select(b => b.Name)];
        var bounds = new Option<string>("--bounds") { Description = $"How far: {string.Join(", ", names)}.", DefaultValueFactory = _ => "small" };
        bounds.AcceptOnlyFromAmong(names);
        var consensus = new Option<string>("--consensus") { Description = "Whose cores: raft or multipaxos.", DefaultValueFactory = _ => "raft" };
        consensus.AcceptOnlyFromAmong([.. Engines.Names]);
        var states = new Option<long>("--states") { Description = "Stop once so many states are found.", DefaultValueFactory = _ => 100_000_000 };
        states.Validators.Add(result => Expect(result, result.GetValueOrDefault<long>() is >= 1 and < uint.MaxValue, "--states must be at least 1 and below 2^32"));
        var members = new Option<int?>("--members") { Description = "Voters, 2 to 7." };
        members.Validators.Add(result => Expect(result, result.GetValueOrDefault<int?>() is null or (>= 2 and <= 7), "--members must be between 2 and 7"));
        Option<int?> campaigns = Limit("--campaigns", "Campaigns; of the Synod, ballots of each proposer", ExplorationBounds.CampaignsMax);
        Option<int?> proposals = Limit("--proposals", "Commands", 3);
        Option<int?> crashes = Limit("--crashes", "Power cuts", 9);
        Option<int?> drops = Limit("--drops", "Messages lost", 9);
        Option<int?> duplicates = Limit("--duplicates", "Messages delivered twice", 9);
        var messages = new Option<int?>("--messages") { Description = "States with more messages in flight are left out." };
        messages.Validators.Add(result => Expect(result, result.GetValueOrDefault<int?>() is null or >= 1, "--messages must be at least 1"));
        Option<int?> linkMessages = Limit("--link-messages", $"Messages that a link holds ({string.Join(", ", NamesOfNarrow)})", 9, least: 1);
        var syncApart = new Option<bool?>("--sync-apart") { Description = "Each write becomes durable by a step of its own: true or false." };
        var preVote = new Option<bool?>("--pre-vote") { Description = "Members ask first whether they could win: true or false." };
        var command = new Command("explore", "Look at every state that real cores can reach within bounds, and check every promise in each.")
        {
            bounds, consensus, states, members, campaigns, proposals, crashes, drops, duplicates, messages, linkMessages, syncApart, preVote,
        };
        Option[] ofTheLog = [consensus, members, proposals, crashes, drops, duplicates, messages, linkMessages, syncApart, preVote];
        command.Validators.Add(result =>
        {
            string name = result.GetValue(bounds)!;
            bool isPaxos = result.GetValue(consensus) is "multipaxos"; // null where nothing is said
            if (SynodBounds.All.Any(b => b.Name == name) && Given(result, ofTheLog) is { } foreign)
                result.AddError($"{foreign} does not apply to the Synod: --bounds {name} takes --states and --campaigns");
            else if (isPaxos && result.GetValue(members) > ExplorationBounds.PaxosMembersMax)
                result.AddError($"--members must be between 2 and {ExplorationBounds.PaxosMembersMax} with --consensus multipaxos");
            else if (isPaxos && (result.GetValue(preVote) ?? (name == ExplorationBounds.SmallPreVote.Name)))
                result.AddError("pre-votes of Multi-Paxos hang on time, which the explorer has none of: leave --pre-vote and small-pre-vote to Raft");
            else if (Given(result, [linkMessages]) is { } narrow && !NamesOfNarrow.Contains(name))
                result.AddError($"{narrow} says nothing where links hold any number: it goes with --bounds {string.Join(" or ", NamesOfNarrow)}");
        });
        command.SetAction(parsed =>
        {
            if (SynodBounds.All.SingleOrDefault(b => b.Name == parsed.GetValue(bounds)) is { } synod)
            {
                synod = synod with { BallotsEach = parsed.GetValue(campaigns) ?? synod.BallotsEach };
                return Run(parsed.GetValue(states), synod.Name, synod.ToString(), new SynodExplorer(synod).Explore);
            }

            ExplorationBounds named = ExplorationBounds.All.Single(b => b.Name == parsed.GetValue(bounds));
            ExplorationBounds wanted = named with
            {
                Members = parsed.GetValue(members) ?? named.Members,
                Campaigns = parsed.GetValue(campaigns) ?? named.Campaigns,
                Proposals = parsed.GetValue(proposals) ?? named.Proposals,
                Crashes = parsed.GetValue(crashes) ?? named.Crashes,
                Drops = parsed.GetValue(drops) ?? named.Drops,
                Duplicates = parsed.GetValue(duplicates) ?? named.Duplicates,
                LinkMessagesMax = parsed.GetValue(linkMessages) ?? named.LinkMessagesMax,
                MessagesMax = parsed.GetValue(messages) ?? named.MessagesMax,
                SyncAtOnce = parsed.GetValue(syncApart) is { } apart ? !apart : named.SyncAtOnce,
                PreVote = parsed.GetValue(preVote) ?? named.PreVote,
            };
            IConsensusEngine engine = Engines.Of(parsed.GetValue(consensus)!);
            return Run(parsed.GetValue(states), wanted.Name, $"{engine.Name}, {wanted}", new Explorer(engine, wanted).Explore);
        });
        return command;
    }

    /// <summary>The bounds with links that hold a number of messages.</summary>
    private static IEnumerable<string> NamesOfNarrow => ExplorationBounds.All.Where(b => b.NewestOnly).Select(b => b.Name);

    private static Option<int?> Limit(string name, string what, int most, int least = 0)
    {
        var option = new Option<int?>(name) { Description = $"{what} at most, {least} to {most}." };
        option.Validators.Add(result => Expect(
            result, result.GetValueOrDefault<int?>() is not { } n || (n >= least && n <= most), $"{name} must be between {least} and {most}"));
        return option;
    }

    /// <summary>The first of the options that the command line gives.</summary>
    private static string? Given(CommandResult result, IEnumerable<Option> options) =>
        options.FirstOrDefault(o => result.GetResult(o) is { Implicit: false })?.Name;

    private static void Expect(SymbolResult result, bool holds, string complaint)
    {
        if (!holds)
            result.AddError(complaint);
    }

    private static int Run(long statesMax, string name, string bounds, Func<long, Action<ExplorationResult>?, ExplorationResult> explore)
    {
        Console.Out.WriteLine($"bounds        {name}: {bounds}");
        var watch = Stopwatch.StartNew();
        bool live = !Console.IsErrorRedirected;
        ExplorationResult result = explore(statesMax, r =>
        {
            if (live)
                Console.Error.Write($"\r{r.States:N0} states, {r.States - r.Expanded:N0} to expand, {r.Depth} steps deep, {Rate(r.States, watch)} states/s   ");
        });
        watch.Stop();
        if (live)
            Console.Error.WriteLine();
        Report(result, watch);
        return result.Violation is null ? 0 : 1;
    }

    private static void Report(ExplorationResult result, Stopwatch watch)
    {
        using Process self = Process.GetCurrentProcess();
        string elections = string.Join(", ", result.StatesByElections.Select((states, count) => $"{count}: {states:N0}"));
        Console.Out.WriteLine(
            $"""
            states        {result.States:N0} distinct, {result.Expanded:N0} expanded, {result.Transitions:N0} transitions, {result.Depth} steps deep
            by elections  {elections}
            committed     something in {result.StatesWithCommits:N0} states
            cores         {result.MemberStates:N0} member states, {result.Messages:N0} messages, {result.CoreSteps:N0} steps of a core
            time          {watch.Elapsed.TotalSeconds:F1} s, CPU {self.TotalProcessorTime.TotalSeconds:F1} s, {Rate(result.States, watch)} states/s
            memory        {result.SizeBytes >> 20} MiB of tables, {self.PeakWorkingSet64 >> 20} MiB at most
            """);
        if (result.LeftOut > 0)
            Console.Out.WriteLine($"left out      {result.LeftOut:N0} successors with too many messages in flight");
        if (result.Violation is null)
        {
            Console.Out.WriteLine(result.Complete ? "result        no promise broken in any state within the bounds" : "result        no promise broken so far; states are left to expand");
            return;
        }

        Console.Out.WriteLine($"result        BROKEN by the last of {result.Depth + 1} steps: {result.Violation}");
        Console.Out.WriteLine();
        Console.Out.Write(result.Script);
    }

    private static string Rate(long states, Stopwatch watch) => $"{states / Math.Max(watch.Elapsed.TotalSeconds, 0.001):N0}";
}
