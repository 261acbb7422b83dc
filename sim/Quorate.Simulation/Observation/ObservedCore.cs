using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>A core that the checkers look into, and what they have seen of its disk.</summary>
internal abstract class ObservedCore(IConsensusCore core) : CoreWindow(core)
{
    /// <summary>Writes not yet claimed durable.</summary>
    public abstract int WritesPending { get; }

    /// <summary>Whether a term, vote or promise is not yet claimed durable.</summary>
    public abstract bool VotePending { get; }

    /// <summary>A frame leaves: what it says must be durable by now.</summary>
    public abstract void Sends(ReadOnlySpan<byte> frame, NodeId to);
}
