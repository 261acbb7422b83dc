using System.Globalization;
using System.Text;

namespace Quorate.Server.Metrics;

/// <summary>Writes Prometheus's text format. Labels come in alphabetical order, whole numbers without a decimal point.</summary>
internal sealed class MetricsPage
{
    private readonly StringBuilder text = new(64 << 10);

    /// <summary>A counter without labels.</summary>
    public void Counter(string name, string help, double value) => Single(name, "counter", help, value);

    /// <summary>A gauge without labels.</summary>
    public void Gauge(string name, string help, double value) => Single(name, "gauge", help, value);

    /// <summary>Begins a metric with labels.</summary>
    public void Begin(string name, string type, string help)
    {
        text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
    }

    /// <summary>A line of the metric begun.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="labels">Pairs as they stand between the braces, in alphabetical order; empty for none.</param>
    /// <param name="value">Its value.</param>
    public void Line(string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>The lines of one histogram of the metric begun.</summary>
    public void Lines(string name, string labels, Histogram histogram)
    {
        long total = 0;
        string separator = labels.Length > 0 ? "," : "";
        for (int i = 0; i < histogram.Bounds.Length; i++)
        {
            total += histogram.CountAt(i);
            Line($"{name}_bucket", $"{labels}{separator}le=\"{Number(histogram.Bounds[i])}\"", total);
        }

        total += histogram.CountAt(histogram.Bounds.Length);
        Line($"{name}_bucket", $"{labels}{separator}le=\"+Inf\"", total);
        Line($"{name}_sum", labels, histogram.SumSeconds);
        Line($"{name}_count", labels, total);
    }

    /// <summary>A histogram without labels.</summary>
    public void Histogram(string name, string help, Histogram histogram)
    {
        Begin(name, "histogram", help);
        Lines(name, "", histogram);
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

    /// <summary>As Go prints a float: shortest form, an exponent from 1e+21 on.</summary>
    internal static string Number(double value)
    {
        if (double.IsPositiveInfinity(value))
            return "+Inf";
        if (Math.Abs(value) < 1e21 && Math.Truncate(value) == value)
            return value.ToString("F0", CultureInfo.InvariantCulture);
        string shortest = value.ToString("R", CultureInfo.InvariantCulture);
        return shortest.Contains('E', StringComparison.Ordinal)
            ? shortest.Replace("E-0", "e-0", StringComparison.Ordinal).Replace("E", "e", StringComparison.Ordinal)
            : shortest;
    }

    private void Single(string name, string type, string help, double value)
    {
        Begin(name, type, help);
        Line(name, "", value);
    }
}
