using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Raft, as <c>--consensus raft</c> names it.</summary>
public sealed class RaftEngine : IConsensusEngine
{
    /// <inheritdoc/>
    public string Name => "raft";

    /// <inheritdoc/>
    public InstalledLogRule InstalledLog => InstalledLogRule.KeepIfMatched;

    /// <inheritdoc/>
    public int VotersMax => PeerTable.VotersMax;

    /// <inheritdoc/>
    public bool ChoosesQuorums => false;

    /// <inheritdoc/>
    public IConsensusCore Create(CoreOptions options) => new RaftCore(options);

    /// <inheritdoc/>
    public string Describe(ReadOnlySpan<byte> header) => MessageText.Of(header);
}
