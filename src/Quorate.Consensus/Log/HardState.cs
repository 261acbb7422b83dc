namespace Quorate.Consensus;

/// <summary>What an engine must never forget (Raft Figure 2: currentTerm, votedFor; Paxos: the ballot promised).</summary>
/// <param name="Epoch">The highest term entered, or the highest ballot promised.</param>
/// <param name="VotedFor">Raft: who has this member's vote in that term. Paxos: none.</param>
/// <param name="Decided">
/// Paxos: everything up to here is decided, and lies in the log as it was decided. Only a lower bound; the log alone does not tell. Raft: zero.
/// </param>
public readonly record struct HardState(Epoch Epoch, NodeId VotedFor, LogIndex Decided = default);
