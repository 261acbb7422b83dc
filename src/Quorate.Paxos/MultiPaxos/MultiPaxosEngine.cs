using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Multi-Paxos, as <c>--consensus multipaxos</c> names it.</summary>
public sealed class MultiPaxosEngine : IConsensusEngine
{
    /// <inheritdoc/>
    public string Name => "multipaxos";

    /// <inheritdoc/>
    public InstalledLogRule InstalledLog => InstalledLogRule.KeepAbove;

    /// <inheritdoc/>
    public int VotersMax => Roster.VotersMax;

    /// <inheritdoc/>
    public bool ChoosesQuorums => true;

    /// <inheritdoc/>
    public IConsensusCore Create(CoreOptions options) => new MultiPaxosCore(options);

    /// <inheritdoc/>
    public string Describe(ReadOnlySpan<byte> header) => MessageText.Of(header);
}
