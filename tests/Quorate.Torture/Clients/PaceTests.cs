using Xunit;

namespace Quorate.Torture;

/// <summary>A round in which hardly anything was asked must not pass for one that went well.</summary>
public sealed class PaceTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static async Task BeginAsync(Pace pace, int count)
    {
        for (int i = 0; i < count; i++)
            await pace.NextAsync(TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(49, false)]
    public async Task A_share_of_what_comes_due_in_peace_must_be_begun(int begun, bool isKept)
    {
        using var pace = new Pace(100, () => true);
        pace.ComeDue(Second);
        await BeginAsync(pace, begun);
        Assert.Equal((100, begun, isKept), (pace.Due, pace.Begun, pace.IsKept(0.5)));
    }

    [Fact]
    public async Task What_comes_due_while_all_clients_wait_is_forgone_but_counted()
    {
        using var pace = new Pace(100, () => true);
        pace.ComeDue(3 * Second); // the machine let nobody run meanwhile
        await BeginAsync(pace, 100);
        Assert.False(pace.NextAsync(TestContext.Current.CancellationToken).IsCompleted);
        Assert.Equal((300, false), (pace.Due, pace.IsKept(0.5)));
    }

    [Fact]
    public async Task Under_a_fault_nothing_is_owed_and_nothing_is_made_good()
    {
        bool isPeace = true;
        using var pace = new Pace(100, () => isPeace);
        pace.ComeDue(Second);
        isPeace = false;
        pace.ComeDue(2 * Second);
        await BeginAsync(pace, 60);
        Assert.Equal((200, 100, 60, 0), (pace.Due, pace.DueInPeace, pace.Begun, pace.BegunInPeace));
        Assert.False(pace.IsKept(0.5));
        isPeace = true;
        await BeginAsync(pace, 40);
        Assert.False(pace.IsKept(0.5));
        pace.ComeDue(2.5 * Second);
        await BeginAsync(pace, 50);
        Assert.Equal((150, 90, true), (pace.DueInPeace, pace.BegunInPeace, pace.IsKept(0.5)));
    }
}
