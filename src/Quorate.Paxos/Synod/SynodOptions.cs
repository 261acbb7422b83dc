using Quorate.Consensus;

namespace Quorate.Paxos.Synod;

/// <summary>Who takes part in one decision, and how long a proposer waits. Lists and quorums are the same on every member.</summary>
public sealed record SynodOptions
{
    /// <summary>This member.</summary>
    public required NodeId Self { get; init; }

    /// <summary>Who votes; at least one, each once.</summary>
    public required IReadOnlyList<NodeId> Acceptors { get; init; }

    /// <summary>
    /// Who is to know the decision; may be others than the acceptors. Who proposes is among them: nobody else hears that it has come to an
    /// end, so a proposer that is no learner is refused the time (<see cref="SynodMember.Advance"/>).
    /// </summary>
    public required IReadOnlyList<NodeId> Learners { get; init; }

    /// <summary>
    /// Learners that hear the votes and tell the others; empty: all learners hear them. One saves messages (acceptors plus learners, not
    /// times learners) and is a single point that must be up; several are the middle way. All are among <see cref="Learners"/>: another would be
    /// told of the votes and heed none.
    /// </summary>
    public IReadOnlyList<NodeId> Distinguished { get; init; } = [];

    /// <summary>How many acceptors each phase needs.</summary>
    public QuorumSizes Quorums { get; init; } = QuorumSizes.Majority;

    /// <summary>A ballot that has not led to a decision after so many ticks is given up; 1 and up.</summary>
    public int BallotTicks { get; init; } = 20;

    /// <summary>How long a proposer waits before the next ballot.</summary>
    public Backoff Backoff { get; init; } = new(LeastTicks: 2, SpreadTicks: 10, Doublings: 5);

    /// <summary>Refuses what could decide two values, what nobody could ever learn from, and waits out of their range.</summary>
    /// <exception cref="QuorumSizesException">The quorums do not fit the acceptors.</exception>
    /// <exception cref="ArgumentException">
    /// There is no acceptor, or one is named twice; a distinguished learner is no learner; or a wait is out of its range.
    /// </exception>
    internal void Expect()
    {
        if (Acceptors.Count == 0)
            throw new ArgumentException("there is no acceptor: nothing could ever be decided");
        Quorums.ExpectFor(Acceptors.Count);
        foreach (NodeId acceptor in Acceptors)
        {
            if (Acceptors.Count(a => a == acceptor) > 1)
                throw new ArgumentException($"acceptor {acceptor} is named twice: one promise would count as two");
        }

        foreach (NodeId teller in Distinguished)
        {
            if (!Learners.Contains(teller))
                throw new ArgumentException($"distinguished learner {teller} is not among the learners: it would heed no vote and tell nobody");
        }

        if (BallotTicks < 1)
            throw new ArgumentException($"a ballot of {BallotTicks} ticks would be given up before it began: at least 1");
        Backoff.Expect();
    }
}

/// <summary>
/// The wait after a ballot that came to nothing: <paramref name="LeastTicks"/> and a random part of a spread, which doubles with each failure.
/// Two proposers that wait equally long outbid each other for ever; chance ends that. Safety does not hang on it.
/// </summary>
/// <param name="LeastTicks">1 and up.</param>
/// <param name="SpreadTicks">0 and up; 0: always the same wait.</param>
/// <param name="Doublings">The spread grows no further after so many failures in a row; 0 to 20.</param>
public readonly record struct Backoff(int LeastTicks, int SpreadTicks, int Doublings)
{
    /// <summary>Ticks to wait after so many failures in a row, 1 and up.</summary>
    public long Draw(int failures, Prng chance) =>
        LeastTicks + chance.Between(0, (long)SpreadTicks << Math.Min(failures - 1, Doublings));

    /// <summary>Refuses what is out of its range.</summary>
    /// <exception cref="ArgumentException">One is.</exception>
    internal void Expect()
    {
        if (LeastTicks < 1)
            throw new ArgumentException($"a wait of {LeastTicks} ticks between two ballots is none: at least 1");
        if (SpreadTicks < 0)
            throw new ArgumentException($"a wait cannot be spread over {SpreadTicks} ticks: at least 0");
        if (Doublings is < 0 or > 20)
            throw new ArgumentException($"a spread that doubles {Doublings} times: 0 to 20");
    }
}
