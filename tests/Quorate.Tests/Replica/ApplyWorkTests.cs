using Quorate.Consensus;
using Quorate.Replica;
using Xunit;

namespace Quorate.Tests.Replica;

/// <summary>What reaches the state machine: every entry once, in order, whatever snapshots come between.</summary>
public sealed class ApplyWorkTests : IStateMachine, ICallers, IApplyEvents, IDisposable
{
    private readonly ApplyWork work;
    private readonly List<ulong> applied = [];

    public ApplyWorkTests() => work = new ApplyWork(this, this, this);

    public void Dispose() => work.Dispose();

    [Fact]
    public void A_restore_to_an_older_state_than_was_applied_is_found_out()
    {
        work.Apply(Batch(5));
        work.RestoreBegin();
        Assert.Throws<InvariantBrokenException>(() => work.RestoreEnd(new LogIndex(4)));
    }

    [Fact]
    public void An_entry_that_a_snapshot_covers_is_not_applied_after_it()
    {
        work.RestoreBegin();
        work.RestoreEnd(new LogIndex(7));
        Assert.Throws<InvariantBrokenException>(() => work.Apply(Batch(7)));
        work.Apply(Batch(8));
        Assert.Equal([8UL], applied);
    }

    [Fact]
    public void Two_snapshots_may_follow_each_other()
    {
        work.RestoreBegin();
        work.RestoreEnd(new LogIndex(7));
        work.RestoreBegin();
        work.RestoreEnd(new LogIndex(7));
        work.RestoreBegin();
        work.RestoreEnd(new LogIndex(9));
    }

    void IStateMachine.Apply(ReadOnlySpan<Command> commands, IAnswers answers)
    {
        foreach (Command command in commands)
            applied.Add(command.Index.Value);
    }

    ISnapshotSource IStateMachine.Capture() => throw new NotSupportedException();

    ISnapshotSink IStateMachine.Restore() => new Sink();

    void ICallers.Answered(ulong proposal, ReadOnlySpan<byte> answer) => throw new NotSupportedException();

    void ICallers.Failed(ulong proposal, Failure failure) => throw new NotSupportedException();

    void ICallers.ReadReady(ulong read) => throw new NotSupportedException();

    void ICallers.ReadFailed(ulong read, Failure failure) => throw new NotSupportedException();

    void ICallers.ChangeEnded(ulong change, Failure? failure) => throw new NotSupportedException();

    void ICallers.TransferEnded(ulong transfer, Failure? failure) => throw new NotSupportedException();

    void IApplyEvents.Applied(ApplyBatch batch)
    {
    }

    void IApplyEvents.Captured(ISnapshotSource source)
    {
    }

    void IApplyEvents.RestoreTaken()
    {
    }

    void IApplyEvents.Restored()
    {
    }

    void IApplyEvents.ApplyFailed(string cause) => throw new NotSupportedException();

    private static ApplyBatch Batch(ulong upTo)
    {
        var batch = new ApplyBatch { UpTo = new LogIndex(upTo) };
        batch.Commands.Add(new Command(new LogIndex(upTo), 0, ReadOnlyMemory<byte>.Empty));
        return batch;
    }

    private sealed class Sink : ISnapshotSink
    {
        public void Write(ReadOnlySpan<byte> bytes)
        {
        }

        public void Complete()
        {
        }

        public void Dispose()
        {
        }
    }
}
