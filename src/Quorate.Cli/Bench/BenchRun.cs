using System.Net.Sockets;
using Spectre.Console;

namespace Quorate.Cli.Bench;

/// <summary>Runs the phases of a benchmark and shows how far it is.</summary>
internal static class BenchRun
{
    private static readonly TimeSpan Redraw = TimeSpan.FromMilliseconds(250);

    /// <summary>Runs it.</summary>
    /// <returns>0; 1 when nothing was answered, or the cluster cannot be reached.</returns>
    public static async Task<int> RunAsync(BenchSettings settings, bool json, CancellationToken cancellation)
    {
        var progress = new BenchProgress();
        try
        {
            if (settings.Operation == BenchOperation.Load)
            {
                Load(settings, progress, cancellation);
                return 0;
            }

            Task<BenchResult> run = Task.Factory.StartNew(
                () => Run(settings, progress, cancellation),
                cancellation,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default);
            if (!Console.IsErrorRedirected)
                await ShowAsync(run, progress);
            BenchResult result = await run;
            if (json)
                Console.Out.WriteLine(BenchReport.ToJson(result));
            else
                BenchReport.Show(AnsiConsole.Console, result);
            return result.Operations > 0 ? 0 : 1;
        }
        catch (Exception e) when (e is SocketException or TimeoutException or BenchFailedException)
        {
            Console.Error.WriteLine($"quorate: {e.Message}");
            return 1;
        }
    }

    private static BenchResult Run(BenchSettings settings, BenchProgress progress, CancellationToken cancellation)
    {
        if (settings is { Operation: BenchOperation.Range, Preload: true })
            Load(settings, progress, cancellation);
        using var generator = new LoadGenerator(settings, WorkloadOf(settings), progress);
        return generator.Run(cancellation);
    }

    private static void Load(BenchSettings settings, BenchProgress progress, CancellationToken cancellation)
    {
        progress.Phase = "loading keys";
        BenchSettings all = settings with { Operation = BenchOperation.Load, Rate = 0 };
        using var generator = new LoadGenerator(all, WorkloadOf(all), new BenchProgress());
        if (generator.RunToEnd(cancellation) is { Count: > 0 } failures)
            throw new BenchFailedException($"the keys could not be loaded: {failures.First().Key}");
    }

    private static Workload WorkloadOf(BenchSettings settings) => settings.Operation switch
    {
        BenchOperation.Put or BenchOperation.Load => new PutWorkload(settings, settings.Operation == BenchOperation.Load),
        BenchOperation.Range => new RangeWorkload(settings),
    };

    private static async Task ShowAsync(Task run, BenchProgress progress)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        await console.Progress().AutoClear(true).StartAsync(async shown =>
        {
            ProgressTask bar = shown.AddTask("connecting", maxValue: 1);
            long before = 0;
            using var timer = new PeriodicTimer(Redraw);
            while (!run.IsCompleted && await timer.WaitForNextTickAsync())
            {
                long operations = progress.Operations;
                bar.Description = operations == 0
                    ? progress.Phase
                    : $"{progress.Phase}: {(operations - before) / Redraw.TotalSeconds:N0} ops/s";
                bar.Value = progress.Fraction;
                before = operations;
            }
        });
    }
}

/// <summary>A benchmark that cannot be run as asked.</summary>
internal sealed class BenchFailedException(string message) : Exception(message);
