namespace Quorate.Consensus;

/// <summary>What a member is doing, in words that fit both engines.</summary>
public enum CoreRole : byte
{
    /// <summary>Follows a leader, or waits for one.</summary>
    Follower,

    /// <summary>Asks whether it could win (PreVote).</summary>
    PreCandidate,

    /// <summary>Asks to lead (Raft: candidate; Paxos: phase 1 runs).</summary>
    Candidate,

    /// <summary>Leads.</summary>
    Leader,
}

/// <summary>What observers may know of a core.</summary>
/// <param name="Role">What it does.</param>
/// <param name="Leader">Who leads as far as it knows.</param>
/// <param name="Epoch">The term or ballot in force here.</param>
/// <param name="Last">Its last entry, durable or not.</param>
/// <param name="Commit">Its highest entry known decided.</param>
/// <param name="Durable">Its last entry known durable here.</param>
/// <param name="IsLearner">Whether it counts in no quorum.</param>
public readonly record struct CoreStatus(
    CoreRole Role, NodeId Leader, Epoch Epoch, LogIndex Last, LogIndex Commit, LogIndex Durable, bool IsLearner);

/// <summary>How far a leader knows a member to be.</summary>
/// <param name="Member">Who.</param>
/// <param name="Match">Up to here its durable log is known to agree.</param>
/// <param name="Next">The next entry to send it.</param>
/// <param name="RecentlyActive">Heard from within the last election timeout.</param>
/// <param name="State">The engine's word for the replication state: probe, replicate, snapshot.</param>
public readonly record struct MemberProgress(NodeId Member, LogIndex Match, LogIndex Next, bool RecentlyActive, string State);
