namespace Quorate.Simulation;

/// <summary>What can be done to a cluster. Names on the command line are these, in lower case with dashes.</summary>
public enum FaultKind : byte
{
    /// <summary>Messages are lost.</summary>
    Drop,

    /// <summary>Messages are late.</summary>
    Delay,

    /// <summary>Messages arrive twice.</summary>
    Duplicate,

    /// <summary>Messages overtake each other.</summary>
    Reorder,

    /// <summary>Two sides that do not hear each other.</summary>
    PartitionFull,

    /// <summary>Messages pass in one direction only.</summary>
    PartitionAsymmetric,

    /// <summary>Two sides with one member that hears both.</summary>
    PartitionBridge,

    /// <summary>Each member hears only its neighbours.</summary>
    PartitionChain,

    /// <summary>A process is killed.</summary>
    Crash,

    /// <summary>A process is killed several times, mostly while it starts.</summary>
    CrashLoop,

    /// <summary>A machine loses power.</summary>
    PowerLoss,

    /// <summary>All machines lose power.</summary>
    PowerLossAll,

    /// <summary>A process stands still.</summary>
    Pause,

    /// <summary>A clock runs fast or slow.</summary>
    ClockDrift,

    /// <summary>A clock leaps forward.</summary>
    ClockJump,

    /// <summary>A disk completes nothing for a while.</summary>
    DiskStall,

    /// <summary>A disk is full for a while.</summary>
    DiskFull,

    /// <summary>A sync fails.</summary>
    SyncError,

    /// <summary>A write fails.</summary>
    WriteError,

    /// <summary>A read fails.</summary>
    ReadError,

    /// <summary>Bits of a durable sector turn.</summary>
    Rot,

    /// <summary>A durable sector was written in another's place.</summary>
    Misdirect,

    /// <summary>A directory entry is gone.</summary>
    LostEntry,

    /// <summary>A whole disk is gone.</summary>
    LostDisk,

    /// <summary>Leadership is handed over.</summary>
    Transfer,

    /// <summary>A member is added and promoted.</summary>
    AddMember,

    /// <summary>A member is removed.</summary>
    RemoveMember,

    /// <summary>A member is added and another removed in one change.</summary>
    SwapMember,

    /// <summary>Far more requests at once than usual.</summary>
    Overload,

    /// <summary>Each new leader is struck as soon as it leads, several times in a row.</summary>
    LeaderHunt,

    /// <summary>Syncs take long for a while, and complete one after another.</summary>
    SlowDisk,

    /// <summary>A leader is cut off under load and replaced; as it comes back, its successor is cut off.</summary>
    StaleLeader,

    /// <summary>Membership changes are asked for several at once, and of each leader the moment it leads.</summary>
    ChangeStorm,

    /// <summary>A process is killed amid writes that are not synced, and the power goes soon after it started again.</summary>
    CrashThenPower,

    /// <summary>A disk is lost while others lag behind, and who has what they lack is cut off.</summary>
    LostWitness,

    /// <summary>The power goes while a vote, a promise or a load is being written, and again soon after the start.</summary>
    PowerAmidWrites,

    /// <summary>A follower's answers are lost under load; it is restarted, and has more than its leader knows, which has gone on.</summary>
    UnheardMember,

    /// <summary>A leader is cut off under a heavy load; it comes back with a longer log than the others', who have gone on without it.</summary>
    LongTail,

    /// <summary>A member takes another's place, and the cluster splits as the change is proposed.</summary>
    SplitChange,

    /// <summary>A leader with a slow clock is cut off from others with fast ones, and asked for reads while they elect another.</summary>
    SlowClock,

    /// <summary>Files are found, renamed and deleted slowly, amid restarts and load.</summary>
    SlowNames,

    /// <summary>History is compacted at a delete that is the newest revision, again and again, and a member restarted.</summary>
    CompactCrash,

    /// <summary>A durable sector cannot be read any more: the device says so, until it is written again.</summary>
    Unreadable,

    /// <summary>Links hold everything back for a while, and then deliver it in order.</summary>
    Hold,

    /// <summary>Leadership is handed over to one whose word comes late, when others have elected a third.</summary>
    LateHandOver,

    /// <summary>A state machine applies nothing for a while.</summary>
    SlowApply,

    /// <summary>A follower whose state machine is slow needs a second snapshot before the first is in place.</summary>
    SecondSnapshot,

    /// <summary>A leader that stands still as it proposes a change of voters is asked for reads while the change comes into force.</summary>
    ReadAcrossChange,

    /// <summary>A member that has missed a change of voters meets the one that is out, while the others have gone on.</summary>
    OldQuorum,
}
