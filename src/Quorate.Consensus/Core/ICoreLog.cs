namespace Quorate.Consensus;

/// <summary>A log of either engine, as <see cref="ApplyFeed"/> and a leader's replicator read it.</summary>
internal interface ICoreLog
{
    /// <summary>Entries up to here are gone from the log; all of them are decided.</summary>
    LogIndex Base { get; }

    /// <summary>The highest entry known decided, and with it every one before.</summary>
    LogIndex Commit { get; }

    /// <summary>The first entry in memory: every decided one from it on is there, those before it are on disk.</summary>
    LogIndex FirstHeld { get; }

    /// <summary>An entry in memory.</summary>
    ref readonly Entry this[LogIndex index] { get; }

    /// <summary>Whether an entry is in memory.</summary>
    bool Holds(LogIndex index);

    /// <summary>Whether this may be what the log holds at its index, as far as is known in memory.</summary>
    bool MayBeLoaded(in Entry entry);
}
