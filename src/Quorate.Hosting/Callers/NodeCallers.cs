using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>Brings what the loop and apply say to the callers that wait.</summary>
internal sealed class NodeCallers(int openMax) : ICallers
{
    /// <summary>Commands; made once the member's instance is known, before the loop starts.</summary>
    public ProposalIntake Proposals { get; set; } = null!;

    /// <summary>Reads.</summary>
    public ReadIntake Reads { get; set; } = new(openMax, static () => { });

    /// <summary>Changes.</summary>
    public SlowRequests Changes { get; } = new();

    /// <summary>Transfers.</summary>
    public SlowRequests Transfers { get; } = new();

    /// <inheritdoc/>
    public void Answered(ulong proposal, ReadOnlySpan<byte> answer) => Proposals.Answered(proposal, answer);

    /// <inheritdoc/>
    public void Failed(ulong proposal, Failure failure) => Proposals.Failed(proposal, failure);

    /// <inheritdoc/>
    public void ReadReady(ulong read) => Reads.End(read, null);

    /// <inheritdoc/>
    public void ReadFailed(ulong read, Failure failure) => Reads.End(read, failure);

    /// <inheritdoc/>
    public void ChangeEnded(ulong change, Failure? failure) => Changes.End(change, failure);

    /// <inheritdoc/>
    public void TransferEnded(ulong transfer, Failure? failure) => Transfers.End(transfer, failure);

    /// <summary>The node has stopped: whoever waits is told.</summary>
    public void Close()
    {
        Proposals?.Close();
        Reads.Close();
        Changes.Close();
        Transfers.Close();
    }
}
