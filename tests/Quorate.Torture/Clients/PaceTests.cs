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
    public async Task What_comes_due_under_a_fault_is_owed_by_nobody()
    {
        bool isPeace = true;
        using var pace = new Pace(100, () => isPeace);
        pace.ComeDue(Second);
        await BeginAsync(pace, 60);
        isPeace = false;
        pace.ComeDue(2 * Second);
        Assert.Equal((200, 100, 60, true), (pace.Due, pace.DueInPeace, pace.BegunOfPeace, pace.IsKept(0.5)));
        await BeginAsync(pace, 100); // what was left of peace, and what there was room for since
        Assert.Equal((160, 100), (pace.Begun, pace.BegunOfPeace));
    }

    [Fact]
    public async Task Nor_does_it_make_up_for_what_comes_due_in_peace()
    {
        bool isPeace = false;
        using var pace = new Pace(100, () => isPeace);
        pace.ComeDue(Second);
        isPeace = true;
        await BeginAsync(pace, 100);
        pace.ComeDue(2 * Second);
        Assert.Equal((100, 0, false), (pace.DueInPeace, pace.BegunOfPeace, pace.IsKept(0.5)));
    }
}
