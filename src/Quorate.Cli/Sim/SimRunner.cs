using System.Diagnostics;
using Quorate.Simulation;
using Spectre.Console;

namespace Quorate.Cli.Sim;

/// <summary>Runs seeds, one world a thread, and reports in the order of seeds.</summary>
/// <param name="settings">What is asked for.</param>
/// <param name="run">Runs a seed; called by several threads at once.</param>
/// <param name="output">Takes hashes, the table of faults, and what is to be known of a violation.</param>
/// <param name="error">Takes each broken promise as soon as it is seen, and the sum.</param>
/// <param name="bar">Shows how far it is; null: nobody looks.</param>
internal sealed class SimRunner(
    SimSettings settings, Func<SeedOptions, SeedResult> run, TextWriter output, TextWriter error, IAnsiConsole? bar = null)
{
    private static readonly TimeSpan Refresh = TimeSpan.FromMilliseconds(200);

    private readonly SimTotals totals = new();

    /// <summary>Runs them.</summary>
    /// <returns>0 when every promise was kept, 1 when one was broken.</returns>
    public int Run()
    {
        if (bar is null)
            RunSeeds(() => { });
        else
            RunWithBar(bar);
        error.WriteLine(totals.Summary());
        if (!settings.PrintHashes)
            output.Write(totals.FaultTable());
        foreach (SeedResult broken in totals.Broken)
            ViolationReport.Write(settings, run, broken, output);
        return totals.Broken.Count > 0 ? 1 : 0;
    }

    private void RunWithBar(IAnsiConsole console) => console.Progress()
        .AutoClear(true)
        .Columns(new ProgressBarColumn(), new PercentageColumn(), new TaskDescriptionColumn(), new RemainingTimeColumn())
        .Start(context =>
        {
            ProgressTask task = context.AddTask(totals.Line(), maxValue: settings.Seeds);
            RunSeeds(() =>
            {
                task.Value = totals.Seeds;
                task.Description = totals.Line();
            });
        });

    private void RunSeeds(Action tick)
    {
        var results = new SeedResult?[settings.Seeds];
        int next = -1;
        Thread[] workers = [.. Enumerable.Range(0, Math.Min(settings.Threads, settings.Seeds)).Select(_ => new Thread(Work))];
        foreach (Thread worker in workers)
            worker.Start();
        int reported = 0;
        while (reported < settings.Seeds)
        {
            lock (results)
            {
                if (results[reported] is null)
                    Monitor.Wait(results, Refresh);
            }

            for (; reported < settings.Seeds && Volatile.Read(ref results[reported]) is { } result; reported++)
            {
                if (settings.PrintHashes)
                    output.WriteLine($"{result.Seed} {result.TraceHash:x16}");
                totals.Add(result);
                // At once: a long run may be stopped before it comes to its reports.
                if (result.Violation is { } violation)
                    error.WriteLine($"seed {result.Seed} breaks a promise: {violation.Promise}: {violation.Message}");
                results[reported] = result with { Plan = [] }; // done with: a long run must not keep every plan
            }

            tick();
        }

        foreach (Thread worker in workers)
            worker.Join();

        void Work()
        {
            for (int i = Interlocked.Increment(ref next); i < settings.Seeds; i = Interlocked.Increment(ref next))
            {
                SeedResult result = run(settings.RunOf(settings.FirstSeed + (ulong)i));
                lock (results)
                {
                    results[i] = result;
                    Monitor.Pulse(results);
                }
            }
        }
    }
}

/// <summary>What all seeds came to.</summary>
internal sealed class SimTotals
{
    private readonly FaultTable faults = new();
    private readonly ElectionTimeouts toWrite = new();
    private readonly ElectionTimeouts toEqual = new();
    private readonly Stopwatch elapsed = Stopwatch.StartNew();
    private readonly TimeSpan cpuBefore = Process.GetCurrentProcess().TotalProcessorTime;
    private double hours;
    private long answered;
    private long fewestFaults = long.MaxValue;

    /// <summary>Seeds run.</summary>
    public int Seeds { get; private set; }

    /// <summary>Those that broke a promise.</summary>
    public List<SeedResult> Broken { get; } = [];

    private double HoursPerCpuMinute =>
        hours / Math.Max(1e-9, (Process.GetCurrentProcess().TotalProcessorTime - cpuBefore).TotalMinutes);

    /// <summary>Takes a result in.</summary>
    public void Add(SeedResult result)
    {
        Seeds++;
        hours += result.SimulatedNanoseconds / 3600e9;
        answered += result.Answered;
        faults.Add(result.Faults);
        fewestFaults = Math.Min(fewestFaults, result.Faults.Total);
        toWrite.Add(result.HealToWriteNanoseconds, result.ElectionNanoseconds);
        toEqual.Add(result.HealToEqualNanoseconds, result.ElectionNanoseconds);
        if (result.Violation is not null)
            Broken.Add(result);
    }

    /// <summary>Beside the bar.</summary>
    public string Line() =>
        $"{Seeds} seeds, {hours:F1} simulated hours, {HoursPerCpuMinute:F1} h/CPU min, [{(Broken.Count > 0 ? "red" : "green")}]{Broken.Count} violations[/]";

    /// <summary>At the end.</summary>
    public string Summary()
    {
        string heal = toWrite.IsEmpty ? "" : $"; election timeouts from the heal to an answered write: {toWrite}";
        string equal = toEqual.IsEmpty ? "" : $"; to equal members: {toEqual}";
        return $"{Seeds} seeds, {hours:F1} simulated hours, {HoursPerCpuMinute:F1} simulated hours per CPU minute, {answered} operations answered,"
            + $" {faults.Total} faults (in a seed {fewestFaults} at least), {Broken.Count} violations, {elapsed.Elapsed.TotalSeconds:F1} s{heal}{equal}";
    }

    /// <summary>Faults by role and phase.</summary>
    public string FaultTable()
    {
        if (faults.Total == 0)
            return "";
        string[] roles = [.. faults.Counts.Keys.Select(k => k.Role).Distinct().Order(StringComparer.Ordinal)];
        string[] phases = [.. faults.Counts.Keys.Select(k => k.Phase).Distinct().Order(StringComparer.Ordinal)];
        var text = new System.Text.StringBuilder();
        text.AppendLine().Append($"{"fault",-22}{"all",8} |");
        foreach (string role in roles)
            text.Append($"{role,13}");
        text.Append(" |");
        foreach (string phase in phases)
            text.Append($"{phase,13}");
        text.AppendLine();
        foreach (FaultKind kind in FaultPlan.Kinds)
        {
            long all = Count(k => k.Kind == kind);
            if (all == 0)
                continue;
            text.Append($"{FaultNames.Of(kind),-22}{all,8} |");
            foreach (string role in roles)
                text.Append($"{Count(k => k.Kind == kind && k.Role == role),13}");
            text.Append(" |");
            foreach (string phase in phases)
                text.Append($"{Count(k => k.Kind == kind && k.Phase == phase),13}");
            text.AppendLine();
        }

        return text.ToString();
    }

    private long Count(Func<(FaultKind Kind, string Role, string Phase), bool> of) =>
        faults.Counts.Where(c => of(c.Key)).Sum(c => c.Value);
}
