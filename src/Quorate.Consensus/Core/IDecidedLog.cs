namespace Quorate.Consensus;

/// <summary>A log as <see cref="ApplyFeed"/> reads it.</summary>
internal interface IDecidedLog
{
    /// <summary>The highest entry known decided, and with it every one before.</summary>
    LogIndex Commit { get; }

    /// <summary>The first entry in memory: every decided one from it on is there, those before it are on disk.</summary>
    LogIndex FirstHeld { get; }

    /// <summary>An entry in memory.</summary>
    ref readonly Entry this[LogIndex index] { get; }

    /// <summary>Whether an entry is in memory.</summary>
    bool Holds(LogIndex index);

    /// <summary>Whether this may be what was decided at its index, as far as is known here.</summary>
    bool MayBeLoaded(in Entry entry);
}
