using System.Globalization;
using System.Text.Json;
using HdrHistogram;
using Spectre.Console;

namespace Quorate.Cli.Bench;

/// <summary>Shows a result: a table for people, or one JSON object.</summary>
internal static class BenchReport
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = false };

    /// <summary>The percentiles shown, with their names.</summary>
    private static readonly (string Name, double Percentile)[] Percentiles =
        [("p50", 50), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("max", 100)];

    public static string ToJson(BenchResult result)
    {
        BenchSettings settings = result.Settings;
        return JsonSerializer.Serialize(
            new Dictionary<string, object>
            {
                ["operation"] = settings.Operation == BenchOperation.Put ? "put" : "range",
                ["serializable"] = settings.Serializable,
                ["endpoints"] = settings.Endpoints.Select(e => e.Name),
                ["clients"] = settings.Clients,
                ["connections"] = settings.Connections,
                ["key_bytes"] = settings.KeyBytes,
                ["value_bytes"] = settings.ValueBytes,
                ["key_space"] = settings.KeySpace,
                ["rate"] = settings.Rate,
                ["seconds"] = Math.Round(result.Seconds, 3),
                ["operations"] = result.Operations,
                ["all_operations"] = result.AllOperations,
                ["failed"] = result.Failures.Values.Sum(),
                ["failures"] = result.Failures,
                ["not_found"] = result.NotFound,
                ["operations_per_second"] = Math.Round(result.OperationsPerSecond, 1),
                ["latency_ms"] = Latencies(result),
                ["generator_cpu_us_per_operation"] = Math.Round(result.CpuMicrosecondsPerOperation, 3),
            },
            Json);
    }

    public static void Show(IAnsiConsole console, BenchResult result)
    {
        BenchSettings settings = result.Settings;
        console.MarkupLineInterpolated(
            CultureInfo.InvariantCulture,
            $"[bold]{settings.Describe()}[/]: {settings.Clients} clients on {settings.Connections} connections, {settings.KeyBytes} B keys, {settings.ValueBytes} B values, {result.Seconds:0.0} s");
        string[] names = ["ops/s", "mean", .. Percentiles.Select(p => p.Name), "CPU us/op"];
        var table = new Table().Border(TableBorder.Rounded);
        foreach (string name in names)
            table.AddColumn(name, c => c.RightAligned().NoWrap());
        table.AddRow(
        [
            $"{result.OperationsPerSecond:N0}",
            Spell(Mean(result)),
            .. Percentiles.Select(p => Spell(result.Milliseconds(p.Percentile))),
            $"{result.CpuMicrosecondsPerOperation:0.00}",
        ]);
        console.Write(table);
        console.MarkupLine("[dim]latencies in ms; the CPU time is this generator's[/]");
        foreach (string line in LatencyBars.Lines(result.Latencies))
            console.WriteLine(line);
        if (result.NotFound > 0)
            console.MarkupLineInterpolated($"[yellow]{result.NotFound:N0} answers without the key[/]");
        foreach ((string cause, long count) in result.Failures.OrderByDescending(f => f.Value).Take(5))
            console.MarkupLineInterpolated($"[red]{count:N0} failed: {cause}[/]");
    }

    // Four digits tell all that is to be told, and keep the table within 80 columns.
    private static string Spell(double milliseconds) => milliseconds switch
    {
        < 10 => $"{milliseconds:0.000}",
        < 100 => $"{milliseconds:0.00}",
        < 1000 => $"{milliseconds:0.0}",
        _ => $"{milliseconds:0}",
    };

    private static double Mean(BenchResult result) => result.Operations == 0 ? 0 : result.Latencies.GetMean() / 1e6;

    private static Dictionary<string, double> Latencies(BenchResult result)
    {
        var values = new Dictionary<string, double> { ["mean"] = Math.Round(Mean(result), 4) };
        foreach ((string name, double percentile) in Percentiles)
            values[name] = Math.Round(result.Milliseconds(percentile), 4);
        return values;
    }
}
