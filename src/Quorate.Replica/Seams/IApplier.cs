using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// The way to the state machine. Requests are carried out in the order given, on the apply context: a thread of its own in production, the
/// only one in the simulator. Answers come back by <see cref="IApplyEvents"/>, never from within the call. <see cref="ApplyWork"/> does
/// the work itself; who implements this brings requests to it.
/// </summary>
public interface IApplier
{
    /// <summary>Applies a batch and answers its callers. The batch comes back by <see cref="IApplyEvents.Applied"/>.</summary>
    void Submit(ApplyBatch batch);

    /// <summary>Captures the state after every batch submitted before.</summary>
    void Capture();

    /// <summary>Begins to restore the state from a snapshot; an unfinished restore before it is given up.</summary>
    void RestoreBegin();

    /// <summary>The snapshot's next bytes; <see cref="IApplyEvents.RestoreTaken"/> says that there is room for more.</summary>
    void RestorePiece(byte[] bytes);

    /// <summary>All bytes were given: the restored state, of the entries up to <paramref name="upTo"/>, takes the old one's place.</summary>
    void RestoreEnd(LogIndex upTo);
}

/// <summary>What apply has to say. Called on the apply context; a host carries it to the loop as events, in order.</summary>
public interface IApplyEvents
{
    /// <summary>The batch is applied and its callers are answered; its references can be given back.</summary>
    void Applied(ApplyBatch batch);

    /// <summary>The state, as of every batch submitted before the capture.</summary>
    void Captured(ISnapshotSource source);

    /// <summary>A piece of a restore is taken.</summary>
    void RestoreTaken();

    /// <summary>The restored state is in place.</summary>
    void Restored();

    /// <summary>
    /// The snapshot cannot be read, or the state machine broke a promise: the process must stop and say why. Nothing is
    /// applied afterwards.
    /// </summary>
    void ApplyFailed(string cause);
}

/// <summary>Decided commands on their way through the state machine. Reused; who holds it owns it.</summary>
public sealed class ApplyBatch
{
    /// <summary>The commands, in order.</summary>
    public List<Command> Commands { get; } = [];

    /// <summary>The last entry that the batch covers, a command or not.</summary>
    public LogIndex UpTo { get; set; }

    /// <summary>The payloads that <see cref="Commands"/> lie in, each with one reference. Replica loop only.</summary>
    internal List<Payload> Held { get; } = [];
}
