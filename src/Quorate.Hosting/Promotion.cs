using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>
/// Sees to it that this member counts in quorums: asks for its promotion, which the leader keeps until the member has caught up, and goes by the
/// configuration in force. It wakes when that or the leader changes; after a refusal also when a pause has passed, because nothing says here when the
/// leader's disk has room again, its waiting places are free, or a hand-over was given up. Any thread.
/// </summary>
/// <param name="self">This instance of this member in the configuration in force; null while it is not in it.</param>
/// <param name="change">Asks for a change of the membership.</param>
/// <param name="pause">Ends when an election timeout has passed.</param>
/// <param name="stopped">Ends when the node does.</param>
internal sealed class Promotion(
    Func<Member?> self, Func<MemberChange, CancellationToken, Task> change, Func<CancellationToken, Task> pause, Task stopped)
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
            Outcome outcome = member is null ? Outcome.Follows : await AskAsync(member, cancellation).ConfigureAwait(false);
            if (outcome != Outcome.Unknown)
                await WaitAsync(next, outcome, cancellation).ConfigureAwait(false);
        }
    }

    private async Task WaitAsync(Task next, Outcome outcome, CancellationToken cancellation)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Task first = outcome == Outcome.Refused
            ? await Task.WhenAny(next, stopped, pause(over.Token)).WaitAsync(cancellation).ConfigureAwait(false)
            : await Task.WhenAny(next, stopped).WaitAsync(cancellation).ConfigureAwait(false);
        await over.CancelAsync().ConfigureAwait(false);
        if (first == stopped)
            throw new RequestFailedException(new Failure(FailureReason.Stopped));
    }

    private async Task<Outcome> AskAsync(Member learner, CancellationToken cancellation)
    {
        try
        {
            var step = new MemberChange(ChangeKind.PromoteOnceCaughtUp, learner with { Role = MemberRole.Voter });
            await change(step, cancellation).ConfigureAwait(false);
            return Outcome.Follows;
        }
        catch (RequestFailedException failed) when (failed.Failure.Reason is FailureReason.OutcomeUnknown or FailureReason.TimedOut)
        {
            // A request's time has passed, or the leader that was asked leads no more: what the configuration says decides.
            return Outcome.Unknown;
        }
        catch (RequestFailedException failed) when (IsMendedByWaiting(failed.Failure))
        {
            return Outcome.Refused;
        }
    }

    /// <summary>
    /// All that another leader, another configuration or a better moment changes: also that this member is unknown, where the leader that took it back
    /// was lost before the others knew.
    /// </summary>
    private static bool IsMendedByWaiting(Failure failure) =>
        failure is { Reason: FailureReason.Refused, Refusal: not (Refusal.LastVoter or Refusal.TooManyMembers) };

    private enum Outcome : byte
    {
        /// <summary>The configuration in force says it, now or soon; or this member is in none yet.</summary>
        Follows,

        /// <summary>Nobody knows, and that took its time: asked again at once.</summary>
        Unknown,

        /// <summary>Not now.</summary>
        Refused,
    }

    private static TaskCompletionSource NewMoved() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
