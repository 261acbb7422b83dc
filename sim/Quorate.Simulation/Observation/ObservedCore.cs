using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>A core that the checkers look into, and what they have seen of its disk.</summary>
internal abstract class ObservedCore(IConsensusCore core, NodeId self, ClusterWatch watch) : CoreWindow(core)
{
    private readonly SortedDictionary<ulong, ulong> reads = []; // what had been executed anywhere when each was asked for

    /// <summary>The core itself.</summary>
    protected IConsensusCore Core { get; } = core;

    /// <summary>Whose it is.</summary>
    protected NodeId Self { get; } = self;

    /// <summary>The checkers.</summary>
    protected ClusterWatch Watch { get; } = watch;

    /// <summary>Writes not yet claimed durable.</summary>
    public abstract int WritesPending { get; }

    /// <summary>Whether a term, vote or promise is not yet claimed durable.</summary>
    public abstract bool VotePending { get; }

    /// <summary>A frame leaves: what it says must be durable by now.</summary>
    public abstract void Sends(ReadOnlySpan<byte> frame, NodeId to);

    public override Refusal Read(ulong requestId)
    {
        reads[requestId] = Watch.ExecutedUpTo;
        return base.Read(requestId);
    }

    protected sealed override void Look()
    {
        LookAtOutput();
        foreach (ReadOutcome read in Output.Reads)
        {
            if (!reads.Remove(read.RequestId, out ulong executed) || read.Refusal != Refusal.None)
                continue;
            CheckFailedException.Unless(
                read.Index.Value >= executed,
                Promise.Linearizability,
                $"member {Self} lets a read see entries up to {read.Index}, though {executed} had been executed when it was asked for");
        }
    }

    /// <summary>Looks at what the protocol has done.</summary>
    protected abstract void LookAtOutput();
}
