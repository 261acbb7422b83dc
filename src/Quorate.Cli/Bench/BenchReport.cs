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
        var table = new Table().Border(TableBorder.Rounded);
        table.AddColumn("ops/s", c => c.RightAligned());
        table.AddColumn("mean ms", c => c.RightAligned());
        foreach ((string name, _) in Percentiles)
            table.AddColumn($"{name} ms", c => c.RightAligned());
        table.AddColumn("failed", c => c.RightAligned());
        table.AddColumn("generator CPU us/op", c => c.RightAligned());
        table.AddRow(
        [
            $"{result.OperationsPerSecond:N0}",
            $"{Mean(result):0.000}",
            .. Percentiles.Select(p => $"{result.Milliseconds(p.Percentile):0.000}"),
            $"{result.Failures.Values.Sum():N0}",
            $"{result.CpuMicrosecondsPerOperation:0.00}",
        ]);
        console.Write(table);
        if (result.NotFound > 0)
            console.MarkupLineInterpolated($"[yellow]{result.NotFound:N0} answers without the key[/]");
        foreach ((string cause, long count) in result.Failures.OrderByDescending(f => f.Value).Take(5))
            console.MarkupLineInterpolated($"[red]{count:N0} failed: {cause}[/]");
    }

    private static double Mean(BenchResult result) => result.Operations == 0 ? 0 : result.Latencies.GetMean() / 1e6;

    private static Dictionary<string, double> Latencies(BenchResult result)
    {
        var values = new Dictionary<string, double> { ["mean"] = Math.Round(Mean(result), 4) };
        foreach ((string name, double percentile) in Percentiles)
            values[name] = Math.Round(result.Milliseconds(percentile), 4);
        return values;
    }
}
