using Quorate.Consensus;
using Quorate.Paxos.Synod;

namespace Quorate.Simulation.Exploration;

/// <summary>
/// How far an exploration of the Synod goes. Only ballots are counted: any message may be lost, delayed, repeated and reordered, and any
/// member may lose power at any time, as often as it likes.
/// </summary>
/// <param name="Name">As the command line knows it.</param>
public sealed record SynodBounds(string Name)
{
    /// <summary>Two proposers of two ballots each.</summary>
    public static SynodBounds Small => new("synod-small") { BallotsEach = 2 };

    /// <summary>Two proposers of three ballots each.</summary>
    public static SynodBounds Full => new("synod") { BallotsEach = 3, ForgetsVotes = true };

    /// <summary>As <see cref="Small"/>, but only what the Synod is for is checked: for patches that break what its proof rests on.</summary>
    public static SynodBounds Outcome => Small with { Name = "synod-outcome", OutcomeOnly = true };

    /// <summary>As <see cref="Small"/>, but who proposes votes, too, and hears from itself at once.</summary>
    public static SynodBounds Own => Small with { Name = "synod-own", ProposersVote = true };

    /// <summary>All that have a name.</summary>
    public static IReadOnlyList<SynodBounds> All => [Small, Full, Outcome, Own];

    /// <summary>Acceptors, 1 to 5.</summary>
    public int Acceptors { get; init; } = 3;

    /// <summary>Proposers, 1 to 2, each with a value of its own.</summary>
    public int Proposers { get; init; } = 2;

    /// <summary>Whether they are the first of the acceptors; else they stand apart from them, so neither's fate is the other's.</summary>
    public bool ProposersVote { get; init; }

    /// <summary>Ballots that each proposer begins at most.</summary>
    public int BallotsEach { get; init; }

    /// <summary>
    /// Whether votes that can decide nothing any more are taken out of a state, which they then do not tell apart from others. That rests on
    /// acceptors that keep their promises: to find those that do not, leave it off.
    /// </summary>
    public bool ForgetsVotes { get; init; }

    /// <summary>
    /// Whether it is checked alone that no two values are decided, or one decided and another learned, and validity; not that a ballot has one value,
    /// that promises stand, nor that what is learned is decided: one of these, broken before, would hide what comes of it. The members' checks are theirs.
    /// </summary>
    public bool OutcomeOnly { get; init; }

    /// <summary>How many acceptors each phase needs.</summary>
    public QuorumSizes Quorums { get; init; } = QuorumSizes.Majority;

    /// <summary>Acceptors and proposers. In the order of ids acceptors come first, then proposers apart from them, then the learner.</summary>
    internal int Members => ProposersVote ? Acceptors : Acceptors + Proposers;

    /// <summary>The place of the first proposer among them, from 0.</summary>
    internal int FirstProposer => ProposersVote ? 0 : Acceptors;

    /// <summary>The proposer, from 0.</summary>
    internal NodeId ProposerId(int proposer) => new((ulong)(FirstProposer + proposer + 1));

    /// <summary>The learner.</summary>
    internal NodeId LearnerId => new((ulong)(Members + 1));

    /// <summary>Which proposer the member at that place is, from 0; -1: it is none.</summary>
    internal int ProposerAt(int member) => member >= FirstProposer && member < FirstProposer + Proposers ? member - FirstProposer : -1;

    /// <summary>What a proposer would like to see decided.</summary>
    internal static Value ValueOf(int proposer) => Value.Of(proposer == 0 ? "a" : "b");

    /// <summary>A member's options. No time passes, so none matters.</summary>
    internal SynodOptions OptionsOf(NodeId self) => new()
    {
        Self = self,
        Acceptors = [.. Enumerable.Range(1, Acceptors).Select(i => new NodeId((ulong)i))],
        Learners = [LearnerId],
        Quorums = Quorums,
    };

    /// <summary>The bounds in a line.</summary>
    public override string ToString() =>
        $"{Acceptors} acceptors, {Proposers} proposers {(ProposersVote ? "among them " : "")}of {BallotsEach} ballots each, {Quorums}; messages lost and repeated, power cuts: without limit"
        + (OutcomeOnly ? "; checked: agreement and validity alone" : "");
}
