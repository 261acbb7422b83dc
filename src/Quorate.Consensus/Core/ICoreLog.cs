namespace Quorate.Consensus;

/// <summary>A log of either engine, as what both engines share sees it.</summary>
internal interface ICoreLog
{
    /// <summary>Entries up to here are gone from the log; all of them are decided.</summary>
    LogIndex Base { get; }

    /// <summary>The highest entry known decided, and with it every one before.</summary>
    LogIndex Commit { get; }

    /// <summary>The last entry, decided or not.</summary>
    LogIndex Last { get; }

    /// <summary>Up to here it is durable as it is now.</summary>
    LogIndex Durable { get; }

    /// <summary>On a leader: the last entry that it has proposed.</summary>
    LogIndex Proposed { get; }

    /// <summary>The newest configuration that counts, and the entry that carries it.</summary>
    ConfigurationInForce InForce { get; }

    /// <summary>The first entry in memory: every decided one from it on is there, those before it are on disk.</summary>
    LogIndex FirstHeld { get; }

    /// <summary>An entry in memory.</summary>
    ref readonly Entry this[LogIndex index] { get; }

    /// <summary>Whether an entry is in memory.</summary>
    bool Holds(LogIndex index);

    /// <summary>Whether this may be what the log holds at its index, as far as is known in memory.</summary>
    bool MayBeLoaded(in Entry entry);

    /// <summary>One record that the disk holds, in the order of writing.</summary>
    void Recover(in Entry entry);

    /// <summary>Entries up to <paramref name="upTo"/>, a decided one, leave the log.</summary>
    void DropUpTo(LogIndex upTo);

    /// <summary>Keeps what is in memory within its bound: what is decided and durable can be loaded again.</summary>
    void BoundWindow();
}
