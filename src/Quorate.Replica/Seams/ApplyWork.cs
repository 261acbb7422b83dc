using System.Runtime.InteropServices;
using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// The work behind <see cref="IApplier"/>, without a queue or a thread: a host calls these methods in the order in which the loop made
/// the requests. Owner: the apply context.
/// </summary>
public sealed class ApplyWork : IDisposable
{
    private readonly IStateMachine machine;
    private readonly IAnswers answers;
    private readonly IApplyEvents events;
    private ISnapshotSink? sink;
    private LogIndex applied;
    private bool failed;

    /// <summary>Applies to <paramref name="machine"/>, answers by <paramref name="callers"/>, tells <paramref name="events"/>.</summary>
    public ApplyWork(IStateMachine machine, ICallers callers, IApplyEvents events)
    {
        this.machine = machine;
        answers = new AnswersToCallers(callers);
        this.events = events;
    }

    /// <summary>See <see cref="IApplier.Submit"/>.</summary>
    public void Apply(ApplyBatch batch)
    {
        if (failed)
            return;
        // No entry twice, none from before a snapshot that is in place: apply-index-apart.
        Invariant.Check(batch.UpTo > applied && (batch.Commands.Count == 0 || batch.Commands[0].Index > applied));
        applied = batch.UpTo;
        if (batch.Commands.Count > 0)
            machine.Apply(CollectionsMarshal.AsSpan(batch.Commands), answers);
        events.Applied(batch);
    }

    /// <summary>A bounded piece of what earlier commands left to do, for when no request waits. Whether there is more.</summary>
    public bool Idle() => !failed && machine.Work();

    /// <summary>See <see cref="IApplier.Capture"/>.</summary>
    public void Capture()
    {
        if (!failed)
            events.Captured(machine.Capture());
    }

    /// <summary>See <see cref="IApplier.RestoreBegin"/>.</summary>
    public void RestoreBegin()
    {
        sink?.Dispose();
        sink = machine.Restore();
    }

    /// <summary>See <see cref="IApplier.RestorePiece"/>.</summary>
    public void RestorePiece(ReadOnlySpan<byte> bytes)
    {
        if (failed)
            return;
        Invariant.Check(sink is not null);
        try
        {
            sink.Write(bytes);
        }
        catch (InvalidDataException damage)
        {
            Fail(damage);
            return;
        }

        events.RestoreTaken();
    }

    /// <summary>See <see cref="IApplier.RestoreEnd"/>.</summary>
    public void RestoreEnd(LogIndex upTo)
    {
        if (failed)
            return;
        Invariant.Check(sink is not null && upTo >= applied);
        applied = upTo;
        try
        {
            sink.Complete();
        }
        catch (InvalidDataException damage)
        {
            Fail(damage);
            return;
        }

        sink.Dispose();
        sink = null;
        events.Restored();
    }

    /// <inheritdoc/>
    public void Dispose() => sink?.Dispose();

    private void Fail(InvalidDataException damage)
    {
        failed = true;
        events.ApplyFailed($"the checkpoint cannot be restored: {damage.Message}");
    }

    private sealed class AnswersToCallers(ICallers callers) : IAnswers
    {
        public void Answer(ulong caller, ReadOnlySpan<byte> answer) => callers.Answered(caller, answer);
    }
}
