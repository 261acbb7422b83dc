using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.Replica;
using Xunit;

namespace Quorate.Tests.Hosting;

/// <summary>How a learner becomes a voter: by asking, by what the configuration says, and by a clock only after a refusal.</summary>
public sealed class PromotionTests
{
    private readonly TaskCompletionSource stopped = new();
    private readonly TaskCompletionSource pause = new(); // one that is over stays so: it is asked for before or after
    private readonly Queue<TaskCompletionSource> asked = new();
    private readonly Promotion promotion;
    private Member? self = new(new NodeId(3), new InstanceId(9), MemberRole.Learner, default);
    private TaskCompletionSource? next;
    private int asks;

    public PromotionTests() => promotion = new Promotion(() => self, (_, _) => Ask(), _ => pause.Task, stopped.Task);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_ends_once_the_configuration_says_so_and_not_when_the_change_does()
    {
        Task voter = promotion.RunAsync(Cancellation);
        asked.Dequeue().SetResult();
        Assert.False(voter.IsCompleted);
        self = self! with { Role = MemberRole.Voter };
        promotion.Moved();
        await voter;
        Assert.Equal(1, asks);
    }

    [Fact]
    public async Task A_member_that_is_in_no_configuration_yet_asks_for_nothing_before_it_is()
    {
        Member learner = self!;
        self = null;
        Task voter = promotion.RunAsync(Cancellation);
        Assert.Equal(0, asks);
        self = learner;
        await AskedAfterMoveAsync();
        Refuse(Refusal.LastVoter);
        await Assert.ThrowsAsync<RequestFailedException>(() => voter);
    }

    [Theory]
    [InlineData(Refusal.NotLeader)]
    [InlineData(Refusal.NotReady)]
    [InlineData(Refusal.ChangePending)]
    [InlineData(Refusal.TransferPending)]
    [InlineData(Refusal.NotLearner)]
    [InlineData(Refusal.UnknownMember)]
    [InlineData(Refusal.DiskFull)]
    [InlineData(Refusal.NotCaughtUp)]
    [InlineData(Refusal.TooManyRequests)]
    public async Task What_waiting_may_mend_is_asked_again_when_something_moves_or_a_pause_has_passed(Refusal refusal)
    {
        Task voter = promotion.RunAsync(Cancellation);
        Refuse(refusal);
        Assert.False(voter.IsCompleted);
        Assert.Equal(1, asks);
        await AskedAfterMoveAsync();
        Assert.Equal(2, asks);
        Refuse(refusal);
        Assert.Equal(2, asks);
        await AskedAfterAsync(pause.SetResult);
        Assert.Equal(3, asks);
        Refuse(Refusal.LastVoter);
        await Assert.ThrowsAsync<RequestFailedException>(() => voter);
    }

    [Theory]
    [InlineData(FailureReason.OutcomeUnknown)]
    [InlineData(FailureReason.TimedOut)]
    public async Task Where_nobody_knows_it_is_asked_again_at_once(FailureReason reason)
    {
        Task voter = promotion.RunAsync(Cancellation);
        asked.Dequeue().SetException(new RequestFailedException(new Failure(reason)));
        Assert.Equal(2, asks);
        Refuse(Refusal.LastVoter);
        await Assert.ThrowsAsync<RequestFailedException>(() => voter);
    }

    [Theory]
    [InlineData(Refusal.LastVoter)]
    [InlineData(Refusal.TooManyMembers)]
    public async Task What_no_waiting_mends_comes_out(Refusal refusal)
    {
        Task voter = promotion.RunAsync(Cancellation);
        Refuse(refusal);
        RequestFailedException failed = await Assert.ThrowsAsync<RequestFailedException>(() => voter);
        Assert.Equal(Failure.Refused(refusal), failed.Failure);
    }

    [Fact]
    public async Task It_ends_with_the_node()
    {
        self = null;
        Task voter = promotion.RunAsync(Cancellation);
        stopped.SetResult();
        RequestFailedException failed = await Assert.ThrowsAsync<RequestFailedException>(() => voter);
        Assert.Equal(FailureReason.Stopped, failed.Failure.Reason);
    }

    private Task Ask()
    {
        asks++;
        var answer = new TaskCompletionSource(); // its continuation runs within SetResult: the test needs no clock either
        asked.Enqueue(answer);
        next?.TrySetResult();
        return answer.Task;
    }

    private Task AskedAfterMoveAsync() => AskedAfterAsync(promotion.Moved);

    private async Task AskedAfterAsync(Action happens)
    {
        next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        happens();
        await next.Task.WaitAsync(Cancellation);
    }

    private void Refuse(Refusal refusal) => asked.Dequeue().SetException(new RequestFailedException(Failure.Refused(refusal)));
}
