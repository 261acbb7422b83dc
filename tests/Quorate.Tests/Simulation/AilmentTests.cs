using Quorate.Consensus;
using Quorate.Simulation;
using Xunit;

namespace Quorate.Tests.Simulation;

/// <summary>Two faults of one class may ail a link at once.</summary>
public sealed class AilmentTests
{
    private readonly Ailment ailment = new(new Prng(1));

    [Fact]
    public void It_lasts_until_each_fault_that_brought_it_on_has_ended()
    {
        ailment.Begin(1000);
        ailment.Begin(1000);
        ailment.End();
        Assert.True(ailment.Strikes());
        ailment.End();
        Assert.False(ailment.IsActive);
        Assert.False(ailment.Strikes());
    }

    [Fact]
    public void A_heal_ends_it_whatever_brought_it_on()
    {
        ailment.Begin(1000);
        ailment.Begin(1000);
        ailment.Heal();
        Assert.False(ailment.Strikes());
    }
}
