using Quorate.Server.Metrics;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>Prometheus's text format.</summary>
public sealed class MetricsTests
{
    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "1")]
    [InlineData(2147483648.0, "2147483648")]
    [InlineData(0.005, "0.005")]
    [InlineData(8.192, "8.192")]
    [InlineData(0.0001, "0.0001")]
    [InlineData(0.00001, "1e-05")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    public void Numbers(double value, string expected) => Assert.Equal(expected, MetricsPage.Number(value));

    [Fact]
    public void Histograms_count_up()
    {
        var histogram = new Histogram(Histogram.Exponential(0.001, 2, 3));
        histogram.Observe(TimeSpan.FromMilliseconds(1));
        histogram.Observe(TimeSpan.FromMilliseconds(3));
        histogram.Observe(TimeSpan.FromMilliseconds(100));
        var page = new MetricsPage();
        page.Histogram("h", "Help.", histogram);
        Assert.Equal(
            """
            # HELP h Help.
            # TYPE h histogram
            h_bucket{le="0.001"} 1
            h_bucket{le="0.002"} 1
            h_bucket{le="0.004"} 2
            h_bucket{le="+Inf"} 3
            h_sum 0.104
            h_count 3

            """,
            page.ToString());
    }
}
