using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Raft's own words on the wire and in the canonical state.</summary>
internal static class RaftWire
{
    /// <summary>The kind of the message, given that it must be <paramref name="kind"/>.</summary>
    public static void Kind(this ref WireReader reader, MessageKind kind) => reader.Kind((byte)kind);

    /// <summary>The term of a message: an election has made it.</summary>
    public static Term Term(this ref WireReader reader)
    {
        ulong value = reader.UInt64();
        reader.Require(value is > 0 and <= long.MaxValue);
        return new Term(value);
    }

    /// <summary>The term of a member that may not have seen an election yet.</summary>
    public static Term TermOrZero(this ref WireReader reader)
    {
        ulong value = reader.UInt64();
        reader.Require(value <= long.MaxValue);
        return new Term(value);
    }

    /// <summary>An index and its term; only the place before the first entry has term 0.</summary>
    public static LogPosition Position(this ref WireReader reader)
    {
        LogIndex index = reader.Index();
        Term term = reader.TermOrZero();
        reader.Require(index != LogIndex.Zero || term == Consensus.Term.Zero);
        return new LogPosition(index, term);
    }

    /// <summary>A term.</summary>
    public static void Term(this ref WireWriter writer, Term term) => writer.UInt64(term.Value);

    /// <summary>An index and its term.</summary>
    public static void Position(this ref WireWriter writer, LogPosition position)
    {
        writer.Index(position.Index);
        writer.Term(position.Term);
    }

    /// <summary>An index and a term.</summary>
    public static LogPosition Position(this ref StateReader state) => new(state.Index(), new Term(state.UInt64()));

    /// <summary>An index and a term.</summary>
    public static void Position(this StateWriter state, LogPosition position)
    {
        state.UInt64(position.Index.Value);
        state.UInt64(position.Term.Value);
    }
}
