namespace Quorate.Consensus;

/// <summary>Why a core did not take a request, or gave it up. A refused request has had no effect, and never will.</summary>
public enum Refusal : byte
{
    /// <summary>Taken.</summary>
    None,

    /// <summary>This member does not lead, or no longer.</summary>
    NotLeader,

    /// <summary>Too much is undecided already.</summary>
    TooManyRequests,

    /// <summary>The disk has no segment to spare.</summary>
    DiskFull,

    /// <summary>Leadership is being handed over.</summary>
    TransferPending,

    /// <summary>Another configuration change has not ended.</summary>
    ChangePending,

    /// <summary>The leader has not committed an entry of its own term yet (raft-dev 2015).</summary>
    NotReady,

    /// <summary>No such member, or not with that instance.</summary>
    UnknownMember,

    /// <summary>Such a member exists already.</summary>
    MemberExists,

    /// <summary>Only a learner can be promoted.</summary>
    NotLearner,

    /// <summary>The learner's log is too far behind (thesis §4.2.1).</summary>
    NotCaughtUp,

    /// <summary>Without that member no voter would be left.</summary>
    LastVoter,

    /// <summary>So many voters the engine cannot count (<see cref="IConsensusEngine.VotersMax"/>), or so many members no entry holds (<see cref="Configuration.MembersMax"/>).</summary>
    TooManyMembers,

    /// <summary>Multi-Paxos: of the voters that would be left too few have been heard from lately, so the group would stop.</summary>
    QuorumNotHeard,
}
