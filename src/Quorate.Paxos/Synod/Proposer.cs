using Quorate.Consensus;

namespace Quorate.Paxos.Synod;

/// <summary>How far a proposer is.</summary>
public enum ProposerPhase : byte
{
    /// <summary>No ballot of its own is under way.</summary>
    Idle,

    /// <summary>Phase 1: it asks for promises.</summary>
    Preparing,

    /// <summary>Phase 2: it has asked for votes.</summary>
    Proposing,
}

/// <summary>Proposes a value, or the one that may have been decided already (§2.2, P2c).</summary>
/// <param name="self">Who it is.</param>
/// <param name="acceptors">Who votes.</param>
/// <param name="quorum">How many promises phase 1 needs.</param>
/// <param name="used">The highest ballot that it ever used, from disk.</param>
public sealed class Proposer(NodeId self, IReadOnlyList<NodeId> acceptors, int quorum, Ballot used)
{
    private readonly bool[] promised = new bool[acceptors.Count];
    private Vote? highest;
    private ulong roundSeen;

    /// <summary>The highest ballot it used. Its owner makes it durable before the Prepare leaves: no ballot is used twice.</summary>
    public Ballot Used { get; private set; } = used;

    /// <summary>How far it is in <see cref="Used"/>.</summary>
    public ProposerPhase Phase { get; private set; }

    /// <summary>What it would like to see decided; null when it has nothing to propose.</summary>
    public Value? Own { get; set; }

    /// <summary>Phase 1a: a new ballot, above all that it used or heard of.</summary>
    /// <param name="heard">The highest that it heard of otherwise: its acceptor's promise.</param>
    public Prepare Begin(Ballot heard)
    {
        Invariant.Check(Own is not null);
        roundSeen = Math.Max(roundSeen, heard.Round);
        var ballot = new Ballot(Math.Max(Used.Round, roundSeen) + 1, self);
        Invariant.Check(ballot > Used);
        Used = ballot;
        Phase = ProposerPhase.Preparing;
        Array.Clear(promised);
        highest = null;
        return new Prepare(ballot);
    }

    /// <summary>Takes a promise.</summary>
    /// <returns>Phase 2a, once a quorum has promised; else null.</returns>
    public Accept? Hear(NodeId from, Promise promise)
    {
        if (promise.Ballot != Used || Phase != ProposerPhase.Preparing || !Count(from))
            return null;
        if (promise.Accepted is { } vote && (highest is null || vote.Ballot > highest.Ballot))
            highest = vote;
        Invariant.Check(highest is null || highest.Ballot < Used);
        if (promised.Count(p => p) < quorum)
            return null;
        Phase = ProposerPhase.Proposing;
        // P2c: a value may have been decided below this ballot. If one was, the vote of the highest ballot in the quorum is for it.
        return new Accept(Used, highest?.Value ?? Own!.Value);
    }

    /// <summary>Takes a refusal.</summary>
    /// <returns>Whether it ends the ballot under way.</returns>
    public bool Hear(Refused refused)
    {
        roundSeen = Math.Max(roundSeen, refused.Promised.Round);
        return refused.Ballot == Used && GiveUp();
    }

    /// <summary>Ends the ballot under way. What acceptors still do in it does no harm.</summary>
    /// <returns>Whether there was one.</returns>
    public bool GiveUp()
    {
        bool was = Phase != ProposerPhase.Idle;
        Phase = ProposerPhase.Idle;
        Array.Clear(promised);
        highest = null;
        return was;
    }

    /// <summary>Part of the canonical state: all but <see cref="Used"/>.</summary>
    internal void WriteState(SynodWriter writer)
    {
        writer.Byte((byte)Phase);
        writer.Value(Own);
        writer.UInt64(roundSeen);
        writer.Vote(highest);
        foreach (bool has in promised)
            writer.Byte(has ? (byte)1 : (byte)0);
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    internal void ReadState(ref SynodReader reader)
    {
        Phase = (ProposerPhase)reader.Byte();
        Own = reader.ValueOrNone();
        roundSeen = reader.UInt64();
        highest = reader.VoteOrNone();
        for (int i = 0; i < promised.Length; i++)
            promised[i] = reader.Byte() != 0;
    }

    /// <summary>Notes who promised, each acceptor once: a promise repeated is one promise.</summary>
    private bool Count(NodeId from)
    {
        for (int i = 0; i < promised.Length; i++)
        {
            if (acceptors[i] != from || promised[i])
                continue;
            promised[i] = true;
            return true;
        }

        return false;
    }
}
