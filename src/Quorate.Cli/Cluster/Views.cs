using Spectre.Console;

namespace Quorate.Cli.Cluster;

/// <summary>Shows a cluster until it is to be stopped, or has stopped.</summary>
internal interface IClusterView
{
    /// <summary>Shows it; returns when <paramref name="stop"/> is cancelled or no member runs any more.</summary>
    Task ShowAsync(LocalCluster cluster, ClusterWatch watch, CancellationToken stop);
}

/// <summary>How often to look where no member says that there is something to see.</summary>
internal static class Frames
{
    /// <summary>As often as an eye follows.</summary>
    public static readonly TimeSpan Length = TimeSpan.FromMilliseconds(300);
}

/// <summary>A live table, for a terminal.</summary>
internal sealed class TableView : IClusterView
{
    /// <inheritdoc/>
    public Task ShowAsync(LocalCluster cluster, ClusterWatch watch, CancellationToken stop) =>
        AnsiConsole.Live(Draw(cluster, [])).AutoClear(false).StartAsync(async live =>
        {
            using var frames = new PeriodicTimer(Frames.Length); // revisions and sizes move all the time, and no member says so
            Task<bool> frame = frames.WaitForNextTickAsync(CancellationToken.None).AsTask();
            Task stopped = stop.AsTask();
            for (bool running = true; running && !stop.IsCancellationRequested;)
            {
                Task news = cluster.News.Next;
                // Looked at before they are asked: how the last one ended is shown too.
                running = cluster.Members.Any(m => m.IsRunning);
                live.UpdateTarget(Draw(cluster, await watch.AskAsync()));
                await Task.WhenAny(frame, news, stopped);
                if (frame.IsCompleted)
                    frame = frames.WaitForNextTickAsync(CancellationToken.None).AsTask();
            }
        });

    private static Table Draw(LocalCluster cluster, IReadOnlyList<MemberReport> reports)
    {
        var table = new Table().RoundedBorder().Title("Quorate development cluster").Caption(
            $"etcdctl --endpoints={string.Join(',', cluster.Members.Select(m => m.ClientUrl["http://".Length..]))}\nlogs and data: {cluster.Directory}   Ctrl-C stops all");
        foreach (string column in (string[])["member", "client", "pid", "state", "leader", "term", "revision", "applied", "data"])
            table.AddColumn(column);
        foreach (MemberReport report in reports)
        {
            table.AddRow(
                new Text(report.Member.Name),
                new Text(report.Member.ClientUrl),
                new Text($"{report.Member.Process?.Id}"),
                new Markup(report.State == "running" ? "[green]running[/]" : $"[red]{report.State.EscapeMarkup()}[/]"),
                new Markup(report.Leads ? "[bold yellow]leads[/]" : report.Leader == 0 ? "" : $"[dim]{NameOf(report.Leader, reports)}[/]"),
                new Text($"{report.Term}"),
                new Text($"{report.Revision}"),
                new Text($"{report.Applied}"),
                new Text($"{report.SizeBytes / 1024.0:F0} KiB"));
        }

        return table;
    }

    /// <summary>The leader's name; its id while it does not answer.</summary>
    private static string NameOf(ulong id, IReadOnlyList<MemberReport> reports) =>
        reports.FirstOrDefault(r => r.Id == id)?.Member.Name ?? $"{id:x}";
}

/// <summary>A line whenever something changes, for files and pipes.</summary>
internal sealed class PlainView : IClusterView
{
    /// <inheritdoc/>
    public async Task ShowAsync(LocalCluster cluster, ClusterWatch watch, CancellationToken stop)
    {
        Console.Out.WriteLine($"endpoints {string.Join(',', cluster.Members.Select(m => m.ClientUrl["http://".Length..]))}");
        var last = new Dictionary<string, (string State, ulong Leader, ulong Term)>();
        Task stopped = stop.AsTask();
        while (!stop.IsCancellationRequested)
        {
            Task news = cluster.News.Next;
            bool running = cluster.Members.Any(m => m.IsRunning);
            MemberReport[] reports = await watch.AskAsync();
            foreach (MemberReport report in reports)
            {
                var now = (report.State, report.Leader, report.Term);
                if (last.TryGetValue(report.Member.Name, out var before) && before == now)
                    continue;
                last[report.Member.Name] = now;
                Console.Out.WriteLine(
                    $"{report.Member.Name} {report.Member.ClientUrl} {report.State} leader={report.Leader:x}{(report.Leads ? " (itself)" : "")} term={report.Term} revision={report.Revision}");
            }

            if (!running)
                return;
            if (reports.Any(r => r.State == MemberReport.NoAnswer))
                await Task.WhenAny(news, stopped, Task.Delay(Frames.Length, CancellationToken.None)); // it may have said its last word already
            else
                await Task.WhenAny(news, stopped);
        }
    }
}

/// <summary>Cancellation as something to wait for.</summary>
internal static class CancellationTask
{
    /// <summary>Ends when <paramref name="token"/> is cancelled.</summary>
    public static Task AsTask(this CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(cancelled.SetResult);
        return cancelled.Task;
    }
}
