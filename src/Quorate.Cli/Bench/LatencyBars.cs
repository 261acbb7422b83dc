using System.Globalization;
using HdrHistogram;
using HdrHistogram.Iteration;

namespace Quorate.Cli.Bench;

/// <summary>How latencies are spread: a line for each pair of bounds, which grow by a half and a third in turn.</summary>
internal static class LatencyBars
{
    private const int Longest = 40;
    private const long FirstBoundNanoseconds = 1000;

    /// <summary>The lines, from the shortest latency to the longest; none of an empty histogram.</summary>
    public static IReadOnlyList<string> Lines(HistogramBase nanoseconds)
    {
        List<(long From, long To, long Count)> bars = Count(nanoseconds);
        if (bars.Count == 0)
            return [];
        long most = bars.Max(b => b.Count);
        return [.. bars.Select(b => Line(b.From, b.To, b.Count, most, nanoseconds.TotalCount))];
    }

    private static List<(long From, long To, long Count)> Count(HistogramBase nanoseconds)
    {
        var bars = new List<(long From, long To, long Count)>();
        (long from, long to, long count) = (0, FirstBoundNanoseconds, 0);
        foreach (HistogramIterationValue value in nanoseconds.RecordedValues())
        {
            while (value.ValueIteratedTo >= to)
            {
                if (count > 0 || bars.Count > 0)
                    bars.Add((from, to, count));
                (from, to, count) = (to, After(to), 0);
            }

            count += value.CountAddedInThisIterationStep;
        }

        if (count > 0)
            bars.Add((from, to, count));
        return bars;
    }

    // 1, 1.5, 2, 3, 4, 6, 8, ... microseconds.
    private static long After(long bound) => long.IsPow2(bound / FirstBoundNanoseconds) && bound % FirstBoundNanoseconds == 0
        ? bound + (bound / 2)
        : bound + (bound / 3);

    private static string Line(long from, long to, long count, long most, long all)
    {
        int length = (int)(count * Longest / most);
        string bar = length > 0 ? new string('█', length) : count > 0 ? "▏" : "";
        return string.Create(
            CultureInfo.InvariantCulture, $"{from / 1e6,9:0.###} - {to / 1e6,-8:0.###} {100.0 * count / all,6:0.00} %  {bar}").TrimEnd();
    }
}
