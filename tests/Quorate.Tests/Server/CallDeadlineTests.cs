using Quorate.Server.Rpc;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>gRPC's way of writing a timeout.</summary>
public sealed class CallDeadlineTests
{
    [Theory]
    [InlineData("1H", 36_000_000_000)]
    [InlineData("2M", 1_200_000_000)]
    [InlineData("5S", 50_000_000)]
    [InlineData("250m", 2_500_000)]
    [InlineData("7u", 70)]
    [InlineData("101n", 2)]
    [InlineData("0S", 0)]
    [InlineData("99999999H", 3_599_999_964_000_000_000)]
    public void Read(string header, long ticks)
    {
        Assert.True(CallDeadline.TryParse(header, out TimeSpan timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("5")]
    [InlineData("-5S")]
    [InlineData("123456789S")]
    [InlineData("5s")]
    public void Not_read(string header) => Assert.False(CallDeadline.TryParse(header, out _));
}
