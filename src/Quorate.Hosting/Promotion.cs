using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>
/// Sees to it that this member counts in quorums: asks for its promotion, which the leader keeps until the member has caught up, and goes by the
/// configuration in force. It wakes when that or the leader changes, and never on its own. Any thread.
/// </summary>
/// <param name="self">This instance of this member in the configuration in force; null while it is not in it.</param>
/// <param name="change">Asks for a change of the membership.</param>
/// <param name="stopped">Ends when the node does.</param>
internal sealed class Promotion(Func<Member?> self, Func<MemberChange, CancellationToken, Task> change, Task stopped)
{
    private TaskCompletionSource moved = NewMoved();

    /// <summary>There is another configuration or leader, and whoever looks sees it. The loop's thread.</summary>
    public void Moved() => Interlocked.Exchange(ref moved, NewMoved()).TrySetResult();

    /// <summary>Ends once this member is a voter of the configuration in force.</summary>
    /// <exception cref="RequestFailedException">It was refused, and waiting does not help; or the node has stopped.</exception>
    public async Task RunAsync(CancellationToken cancellation)
    {
        while (true)
        {
            Task next = Volatile.Read(ref moved).Task; // before looking: what changes meanwhile is not missed
            Member? member = self();
            if (member is { Role: MemberRole.Voter })
                return;
            if (member is not null && await AskAgainAsync(member, cancellation).ConfigureAwait(false))
                continue;
            Task first = await Task.WhenAny(next, stopped).WaitAsync(cancellation).ConfigureAwait(false);
            if (first != next)
                throw new RequestFailedException(new Failure(FailureReason.Stopped));
        }
    }

    /// <returns>Whether to ask again at once: nobody knows what became of it, and that took its time.</returns>
    private async Task<bool> AskAgainAsync(Member learner, CancellationToken cancellation)
    {
        try
        {
            var step = new MemberChange(ChangeKind.PromoteOnceCaughtUp, learner with { Role = MemberRole.Voter });
            await change(step, cancellation).ConfigureAwait(false);
            return false; // the configuration follows
        }
        catch (RequestFailedException failed) when (failed.Failure.Reason is FailureReason.OutcomeUnknown or FailureReason.TimedOut)
        {
            // A request's time has passed, or the leader that was asked leads no more: what the configuration says decides.
            return true;
        }
        catch (RequestFailedException failed) when (AwaitsNews(failed.Failure))
        {
            return false;
        }
    }

    /// <summary>Whether another leader or configuration is on its way that makes a difference.</summary>
    private static bool AwaitsNews(Failure failure) => failure is
    {
        Reason: FailureReason.Refused,
        Refusal: Refusal.NotLeader or Refusal.NotReady or Refusal.ChangePending or Refusal.TransferPending or Refusal.NotLearner,
    };

    private static TaskCompletionSource NewMoved() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
