namespace Quorate.Consensus;

/// <summary>What an engine must never forget (Raft Figure 2: currentTerm, votedFor; Paxos: the ballot promised).</summary>
/// <param name="Epoch">The highest term entered, or the highest ballot promised.</param>
/// <param name="VotedFor">Raft: who has this member's vote in that term. Paxos: none.</param>
public readonly record struct HardState(Epoch Epoch, NodeId VotedFor);
