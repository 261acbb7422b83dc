using Quorate.Checkers;
using Quorate.Simulation;
using Xunit;

namespace Quorate.Tests.Simulation;

/// <summary>Time that passes only from one event to the next.</summary>
public sealed class VirtualTimeTests
{
    [Fact]
    public void Who_wakes_himself_for_ever_is_found_out()
    {
        var time = new VirtualTime();
        time.At(5, new Restless(time));
        CheckFailedException found = Assert.Throws<CheckFailedException>(() => time.RunUntil(10));
        Assert.Equal(Promise.Liveness, found.Promise);
        Assert.Contains(nameof(Restless), found.Message, StringComparison.Ordinal);
    }

    private sealed class Restless(VirtualTime time) : IScheduled
    {
        public void Fire(long argument) => time.After(0, this);
    }
}
