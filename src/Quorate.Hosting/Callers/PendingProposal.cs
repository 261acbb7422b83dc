using System.Threading.Tasks.Sources;

namespace Quorate.Hosting;

/// <summary>
/// A caller that waits for an answer, without a task: pooled, and back in the pool once its result is read. Exactly one of answer, failure and
/// cancellation completes it: who takes it out of its place in <see cref="ProposalIntake"/>.
/// </summary>
internal sealed class PendingProposal(ProposalIntake home) : IValueTaskSource<Answer>
{
    private ManualResetValueTaskSourceCore<Answer> source = new() { RunContinuationsAsynchronously = true };
    private CancellationTokenRegistration registration;
    private ulong number;

    /// <summary>What the caller awaits.</summary>
    public ValueTask<Answer> Task => new(this, source.Version);

    /// <summary>It waits for this number now.</summary>
    public void Begin(ulong proposal) => number = proposal;

    /// <summary>Watches a token. The calling caller's thread, before it has the task.</summary>
    public void Watch(CancellationToken cancellation)
    {
        if (cancellation.CanBeCanceled)
            registration = cancellation.UnsafeRegister(static (self, token) => ((PendingProposal)self!).Cancel(token), this);
    }

    /// <summary>The answer.</summary>
    public void Complete(in Answer answer) => source.SetResult(answer);

    /// <summary>There will be none.</summary>
    public void Fail(Exception why) => source.SetException(why);

    /// <inheritdoc/>
    Answer IValueTaskSource<Answer>.GetResult(short token)
    {
        try
        {
            return source.GetResult(token);
        }
        finally
        {
            registration.Dispose(); // waits for a cancellation under way, so that none reaches the next life of this object
            registration = default;
            source.Reset();
            home.Return(this);
        }
    }

    /// <inheritdoc/>
    ValueTaskSourceStatus IValueTaskSource<Answer>.GetStatus(short token) => source.GetStatus(token);

    /// <inheritdoc/>
    void IValueTaskSource<Answer>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        source.OnCompleted(continuation, state, token, flags);

    private void Cancel(CancellationToken token)
    {
        if (home.TryGiveUp(number, this))
            source.SetException(new OperationCanceledException(token));
    }
}
