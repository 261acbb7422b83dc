using HdrHistogram;
using Quorate.Cli.Bench;
using Xunit;

namespace Quorate.Tests.Bench;

/// <summary>The histogram that a benchmark shows.</summary>
public sealed class LatencyBarsTests
{
    private static LongHistogram Of(params (long Nanoseconds, int Count)[] values)
    {
        var histogram = new LongHistogram(600_000_000_000, 3);
        foreach ((long nanoseconds, int count) in values)
            histogram.RecordValueWithCount(nanoseconds, count);
        return histogram;
    }

    [Fact]
    public void Each_line_has_its_share_and_a_bar_as_long()
    {
        IReadOnlyList<string> lines = LatencyBars.Lines(Of((1_100_000, 200), (1_700_000, 100), (2_500_000, 1), (100_000_000_000, 1)));
        Assert.Equal("    1.024 - 1.536     66.23 %  " + new string('█', 40), lines[0]);
        Assert.Equal("    1.536 - 2.048     33.11 %  " + new string('█', 20), lines[1]);
        Assert.Equal("    2.048 - 3.072      0.33 %  ▏", lines[2]);
        Assert.Equal("    3.072 - 4.096      0.00 %", lines[3]);
        Assert.EndsWith("0.33 %  ▏", lines[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_has_no_lines() => Assert.Empty(LatencyBars.Lines(Of()));
}
