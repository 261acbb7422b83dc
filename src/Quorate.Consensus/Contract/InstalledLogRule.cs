namespace Quorate.Consensus;

/// <summary>Of an installed snapshot: which records written before it stay (of those with a higher index than the snapshot's).</summary>
public enum InstalledLogRule : byte
{
    /// <summary>Raft: all if the log holds the snapshot's index with its epoch, else none.</summary>
    KeepIfMatched,

    /// <summary>Paxos: all; accepted slots stand on their own.</summary>
    KeepAbove,
}
