namespace Quorate.Consensus;

/// <summary>What reads need to know of the leader that serves them.</summary>
internal interface ILeaderView
{
    /// <summary>Time, as last handed in.</summary>
    Tick Now { get; }

    /// <summary>The highest entry known decided.</summary>
    LogIndex Commit { get; }

    /// <summary>The newest read round that a quorum has confirmed; the leader itself confirms <paramref name="newest"/>.</summary>
    ulong RoundOfQuorum(ulong newest);

    /// <summary>Of entries up to this one, decided ones, that quorum says nothing: others had to decide them.</summary>
    LogIndex BeforeQuorum { get; }
}
