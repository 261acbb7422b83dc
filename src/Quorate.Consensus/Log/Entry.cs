namespace Quorate.Consensus;

/// <summary>What an entry is for. Stored with it.</summary>
public enum EntryKind : byte
{
    /// <summary>Nothing: a leader's first entry (Raft §8), a filled gap (Paxos).</summary>
    NoOp,

    /// <summary>A command of the state machine, after its <see cref="Origin"/>.</summary>
    Command,

    /// <summary>An encoded <see cref="Configuration"/>.</summary>
    Configuration,
}

/// <summary>One entry of the replicated log.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Epoch">The term or ballot under which it was proposed.</param>
/// <param name="Kind">What it is for.</param>
/// <param name="Payload">Its bytes; who holds the entry beyond the call retains them.</param>
public readonly record struct Entry(LogIndex Index, Epoch Epoch, EntryKind Kind, Payload Payload);
