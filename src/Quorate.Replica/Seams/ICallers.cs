using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>Why a caller gets no answer.</summary>
public enum FailureReason : byte
{
    /// <summary>Refused, see <see cref="Failure.Refusal"/>: it had no effect and never will.</summary>
    Refused,

    /// <summary>It was sent and may have been lost, or may yet take effect.</summary>
    OutcomeUnknown,

    /// <summary>No leader could be asked in time: it had no effect and never will.</summary>
    TimedOut,

    /// <summary>This member stops. What had been sent may yet take effect.</summary>
    Stopped,
}

/// <summary>How a caller's request failed.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Refusal">The core's word, where it was refused.</param>
public readonly record struct Failure(FailureReason Reason, Refusal Refusal = Refusal.None)
{
    /// <summary>Refused, for <paramref name="refusal"/>.</summary>
    public static Failure Refused(Refusal refusal) => new(FailureReason.Refused, refusal);

    /// <inheritdoc/>
    public override string ToString() => Reason == FailureReason.Refused ? $"refused: {Refusal}" : $"{Reason}";
}

/// <summary>
/// The local callers. Each request ends here exactly once, but for those still open when the loop is dropped. Proposals are answered
/// from the apply context, everything else from the loop; calls return quickly and never call back.
/// </summary>
public interface ICallers
{
    /// <summary>The answer of the state machine to a proposal; copied before the call returns. Apply context.</summary>
    void Answered(ulong proposal, ReadOnlySpan<byte> answer);

    /// <summary>A proposal gets no answer. Loop.</summary>
    void Failed(ulong proposal, Failure failure);

    /// <summary>
    /// What the state machine holds now is at least as new as everything decided when the read was asked for: read it. Loop.
    /// </summary>
    void ReadReady(ulong read);

    /// <summary>A read cannot be served. Loop.</summary>
    void ReadFailed(ulong read, Failure failure);

    /// <summary>A membership change ended; null: it is committed. Loop.</summary>
    void ChangeEnded(ulong change, Failure? failure);

    /// <summary>A transfer of leadership ended; null: another member leads. Loop.</summary>
    void TransferEnded(ulong transfer, Failure? failure);
}
