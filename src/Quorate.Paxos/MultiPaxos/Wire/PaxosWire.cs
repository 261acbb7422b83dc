using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Multi-Paxos's own words on the wire and in the canonical state.</summary>
internal static class PaxosWire
{
    /// <summary>Bytes of a ballot.</summary>
    public const int BallotBytes = 16;

    /// <summary>The kind of the message, given that it must be <paramref name="kind"/>.</summary>
    public static void Kind(this ref WireReader reader, MessageKind kind) => reader.Kind((byte)kind);

    /// <summary>A ballot that somebody proposes in.</summary>
    public static Ballot Ballot(this ref WireReader reader)
    {
        Ballot ballot = reader.BallotOrZero();
        reader.Require(ballot.Round > 0);
        return ballot;
    }

    /// <summary>The ballot of a member that may not have promised any yet.</summary>
    public static Ballot BallotOrZero(this ref WireReader reader)
    {
        ulong round = reader.UInt64();
        NodeId proposer = new(reader.UInt64());
        reader.Require(round <= long.MaxValue && round == 0 == proposer.IsNone);
        return new Ballot(round, proposer);
    }

    /// <summary>A slot, 1 and up.</summary>
    public static LogIndex Slot(this ref WireReader reader)
    {
        LogIndex slot = reader.Index();
        reader.Require(slot > LogIndex.Zero);
        return slot;
    }

    /// <summary>A ballot.</summary>
    public static void Ballot(this ref WireWriter writer, Ballot ballot)
    {
        writer.UInt64(ballot.Round);
        writer.UInt64(ballot.Proposer.Value);
    }

    /// <summary>A ballot.</summary>
    public static Ballot Ballot(this ref StateReader state) => new(state.UInt64(), state.Node());

    /// <summary>A ballot.</summary>
    public static void Ballot(this StateWriter state, Ballot ballot)
    {
        state.UInt64(ballot.Round);
        state.UInt64(ballot.Proposer.Value);
    }
}
