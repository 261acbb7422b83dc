using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>An entry by index and term. Two logs that hold the same position agree in everything before it (Log Matching, Raft §5.3).</summary>
/// <param name="Index">Its place.</param>
/// <param name="Term">The term of the leader that made it.</param>
internal readonly record struct LogPosition(LogIndex Index, Term Term)
{
    /// <summary>Before the first entry.</summary>
    public static LogPosition Zero => default;

    /// <summary>Raft §5.4.1: the log with the later last term is more up to date; in the same term, the longer one. Term first.</summary>
    public bool IsAtLeastAsUpToDateAs(LogPosition other) =>
        Term != other.Term ? Term > other.Term : Index >= other.Index;

    /// <summary><c>index/term</c>.</summary>
    public override string ToString() => $"{Index}/{Term}";
}
