namespace Quorate.Replica;

/// <summary>What a frame between two replicas is. Part of the wire format: numbers are never reused.</summary>
internal enum FrameKind : byte
{
    /// <summary>A message of the consensus core; its bytes follow.</summary>
    CoreMessage = 1,

    /// <summary>Commands of the sender's callers, for the leader to propose.</summary>
    Proposals = 2,

    /// <summary>The leader did not take a batch of commands, and never will.</summary>
    ProposalsRefused = 3,

    /// <summary>Asks the leader for a read index.</summary>
    Read = 4,

    /// <summary>The read index, or why there is none.</summary>
    ReadAnswer = 5,

    /// <summary>A membership change, for the leader to begin.</summary>
    Change = 6,

    /// <summary>How it ended.</summary>
    ChangeAnswer = 7,

    /// <summary>Asks the leader to hand leadership over.</summary>
    Transfer = 8,

    /// <summary>Why it does not.</summary>
    TransferRefused = 9,

    /// <summary>A snapshot comes: what it stands for and how long it is.</summary>
    SnapshotBegin = 16,

    /// <summary>Bytes of it.</summary>
    SnapshotPiece = 17,

    /// <summary>All bytes were sent.</summary>
    SnapshotEnd = 18,

    /// <summary>The receiver's word: how much it has, or that it is through, or has given up.</summary>
    SnapshotAck = 19,
}
