using Quorate.Consensus;

namespace Quorate.Paxos.Synod;

/// <summary>Finds out what is decided: from a quorum of votes in one ballot, or from a distinguished learner who has (§2.3).</summary>
/// <param name="acceptors">Who votes.</param>
/// <param name="quorum">How many votes decide.</param>
/// <param name="decided">What it knew before.</param>
public sealed class Learner(IReadOnlyList<NodeId> acceptors, int quorum, Value? decided)
{
    // By acceptor: its vote of the highest ballot heard of. An older one can be forgotten: what a quorum voted for, every later ballot repeats.
    private readonly Vote?[] votes = new Vote?[acceptors.Count];

    /// <summary>What is decided; null while it does not know.</summary>
    public Value? Decision { get; private set; } = decided;

    /// <summary>Takes a vote.</summary>
    /// <returns>Whether it completes a quorum: of the ballot that it learned the decision from, or of another one, later or earlier.</returns>
    public bool Hear(NodeId from, Accepted accepted)
    {
        int acceptor = IndexOf(from);
        if (acceptor < 0 || votes[acceptor] is { } older && older.Ballot >= accepted.Vote.Ballot)
            return false;
        votes[acceptor] = accepted.Vote;
        if (CountIn(accepted.Vote.Ballot) != quorum)
            return false;
        Decide(accepted.Vote.Value);
        return true;
    }

    /// <summary>Takes a distinguished learner's word.</summary>
    public void Hear(Decided decided) => Decide(decided.Value);

    /// <summary>Part of the canonical state.</summary>
    internal void WriteState(SynodWriter writer)
    {
        foreach (Vote? vote in votes)
            writer.Vote(vote);
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    internal void ReadState(ref SynodReader reader)
    {
        for (int i = 0; i < votes.Length; i++)
            votes[i] = reader.VoteOrNone();
    }

    private void Decide(Value value)
    {
        Invariant.Check(Decision is null || Decision.Value == value); // agreement
        Decision = value;
    }

    private int CountIn(Ballot ballot)
    {
        int count = 0;
        foreach (Vote? vote in votes)
            count += vote is { } cast && cast.Ballot == ballot ? 1 : 0;
        return count;
    }

    private int IndexOf(NodeId member)
    {
        for (int i = 0; i < acceptors.Count; i++)
        {
            if (acceptors[i] == member)
                return i;
        }

        return -1;
    }
}
