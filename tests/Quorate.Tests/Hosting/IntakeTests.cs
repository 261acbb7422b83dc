using System.Buffers;
using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.Replica;
using Xunit;

namespace Quorate.Tests.Hosting;

/// <summary>
/// Who comes too late, or when too many wait, is told by what he awaits. A server that begins a call and awaits its answer later would miss an exception before that.
/// </summary>
public sealed class IntakeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_command_after_the_stop_fails_when_it_is_awaited()
    {
        ProposalIntake intake = Proposals(openMax: 4);
        intake.Close();
        ValueTask<Answer> answering = Propose(intake);
        var failed = await Assert.ThrowsAsync<RequestFailedException>(answering.AsTask);
        Assert.Equal(FailureReason.Stopped, failed.Failure.Reason);
    }

    [Fact]
    public async Task One_command_too_many_fails_when_it_is_awaited()
    {
        ProposalIntake intake = Proposals(openMax: 1);
        ValueTask<Answer> first = Propose(intake);
        ValueTask<Answer> answering = Propose(intake);
        var failed = await Assert.ThrowsAsync<RequestFailedException>(answering.AsTask);
        Assert.Equal(Failure.Refused(Refusal.TooManyRequests), failed.Failure);
        intake.Close();
        await Assert.ThrowsAsync<RequestFailedException>(first.AsTask);
    }

    [Fact]
    public async Task So_do_reads()
    {
        var intake = new ReadIntake(openMax: 1, static () => { });
        ValueTask first = intake.Read(Stop);
        ValueTask second = intake.Read(Stop);
        Assert.Equal(Failure.Refused(Refusal.TooManyRequests), (await Assert.ThrowsAsync<RequestFailedException>(second.AsTask)).Failure);
        intake.Close();
        ValueTask third = intake.Read(Stop);
        Assert.Equal(FailureReason.Stopped, (await Assert.ThrowsAsync<RequestFailedException>(third.AsTask)).Failure.Reason);
        await Assert.ThrowsAsync<RequestFailedException>(first.AsTask);
    }

    private static ProposalIntake Proposals(int openMax) =>
        new(new ProposalBatch(new BlockPool(), new InstanceId(1), startCount: 1), openMax, static () => { });

    private static ValueTask<Answer> Propose(ProposalIntake intake) => intake.Propose([], new ReadOnlySequence<byte>([1, 2, 3]), Stop);
}
