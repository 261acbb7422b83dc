namespace Quorate.Consensus;

/// <summary>Makes cores of one protocol, and puts its messages into words.</summary>
public interface IConsensusEngine
{
    /// <summary>As <c>--consensus</c> takes it: <c>raft</c>, <c>multipaxos</c>.</summary>
    string Name { get; }

    /// <summary>What an installed snapshot leaves of the log.</summary>
    InstalledLogRule InstalledLog { get; }

    /// <summary>Voters that a configuration may have. A change to more is refused; a first configuration of more must not be started with.</summary>
    int VotersMax { get; }

    /// <summary>Whether sizes of quorums other than majorities can be chosen (<see cref="CoreOptions.Quorums"/>).</summary>
    bool ChoosesQuorums { get; }

    /// <summary>A new core.</summary>
    IConsensusCore Create(CoreOptions options);

    /// <summary>A message as a person reads it, for traces and diagrams: <c>AppendEntries term=2 prev=5/1 entries=3 commit=5</c>.</summary>
    string Describe(ReadOnlySpan<byte> header);
}
