using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.Paxos.Synod;

namespace Quorate.Simulation.Exploration;

/// <summary>
/// Sets of votes by number: all that acceptors have ever told the learner of. It is told at once, so it knows all that any learner may come
/// to know. What is wrong with a set is found when it is first met.
/// </summary>
internal sealed class SynodVotes
{
    private const int NoLearner = -1; // what is decided is known: from there on votes alone are looked at

    private readonly SynodBounds bounds;
    private readonly SynodContents contents;
    private readonly SynodNodes nodes;
    private readonly Interner numbers = new();
    private readonly NumberMap larger = new();
    private readonly NumberMap renamed = new();
    private readonly NumberMap forgotten = new();
    private readonly Interner promises = new();
    private readonly List<VoteSet> sets = [];

    public SynodVotes(SynodBounds bounds, SynodContents contents, SynodNodes nodes)
    {
        (this.bounds, this.contents, this.nodes) = (bounds, contents, nodes);
        Intern(new VoteSet([], nodes.First(bounds.LearnerId), null, null));
    }

    /// <summary>What is decided by that set; null when nothing is.</summary>
    public Value? Decided(int set) => sets[set].Decided;

    /// <summary>What is wrong with it; null when nothing is.</summary>
    public string? Broken(int set) => sets[set].Broken;

    /// <summary>The votes of one acceptor in it, by number.</summary>
    public IEnumerable<int> Of(int set, int acceptor) => sets[set].Votes.Where(v => (v & 7) == acceptor).Select(v => v >> 3);

    /// <summary>The set with one vote more.</summary>
    public int Add(int set, int acceptor, int content)
    {
        int vote = (content << 3) | acceptor;
        if (sets[set].Votes.Contains(vote))
            return set;
        ulong key = ((ulong)set << 32) | (uint)vote | (1UL << 63);
        if (larger.TryGet(key, out int number))
            return number;
        int[] votes = [.. sets[set].Votes.Append(vote).Order()];
        number = Intern(Judged(sets[set], votes, acceptor, content));
        larger.Add(key, number);
        return number;
    }

    /// <summary>The set, had the acceptors been numbered otherwise: place i of the order holds which acceptor, from 0.</summary>
    public int Rename(int set, int[] order, int orderNumber)
    {
        ulong key = ((ulong)set << 16) | (uint)orderNumber | (1UL << 63);
        if (renamed.TryGet(key, out int number))
            return number;
        int[] votes = [.. sets[set].Votes.Select(v => (v & ~7) | Array.IndexOf(order, v & 7)).Order()];
        number = Intern(Heard(sets[set] with { Votes = votes }));
        renamed.Add(key, number);
        return number;
    }

    /// <summary>
    /// The set without votes that no longer matter: of ballots that can get no quorum any more, since too many acceptors have promised higher ones;
    /// and, once something is decided, those for it.
    /// </summary>
    /// <param name="set">The set.</param>
    /// <param name="promised">What each acceptor has promised.</param>
    public int Forget(int set, ReadOnlySpan<Ballot> promised)
    {
        promises.Add(MemoryMarshal.AsBytes(promised), out int promisesNumber);
        ulong key = ((ulong)set << 32) | (uint)promisesNumber | (1UL << 63);
        if (forgotten.TryGet(key, out int number))
            return number;
        var kept = new List<int>();
        foreach (IGrouping<Ballot, int> ballot in sets[set].Votes.GroupBy(v => contents[v >> 3].Ballot))
        {
            int possible = 0;
            for (int i = 0; i < promised.Length; i++)
                possible += promised[i] <= ballot.Key || ballot.Any(v => (v & 7) == i) ? 1 : 0;
            if (possible >= bounds.Quorums.Phase2Of(bounds.Acceptors)
                && !ballot.All(v => ((Accepted)contents[v >> 3].Message).Vote.Value == sets[set].Decided))
                kept.AddRange(ballot);
        }

        number = kept.Count == sets[set].Votes.Length ? set : Intern(Heard(sets[set] with { Votes = [.. kept.Order()] }));
        forgotten.Add(key, number);
        return number;
    }

    /// <summary>With the learner that has heard these votes by ballot: it knows what one knows that heard them in any other order.</summary>
    private VoteSet Heard(VoteSet set)
    {
        if (set.Decided is not null)
            return set with { Learner = NoLearner };
        int learner = nodes.First(bounds.LearnerId);
        foreach (int vote in set.Votes.OrderBy(v => contents[v >> 3].Ballot))
        {
            SynodStep heard = nodes.Take(bounds.LearnerId, learner, ActionKind.Deliver, powerCut: false, new NodeId((ulong)(vote & 7) + 1), vote >> 3);
            if (heard.Next < 0)
                return set with { Broken = set.Broken ?? nodes.Broken };
            learner = heard.Next;
        }

        return set with { Learner = learner };
    }

    private VoteSet Judged(VoteSet before, int[] votes, int acceptor, int content)
    {
        int learner = before.Learner;
        string? refused = null;
        if (learner != NoLearner)
        {
            SynodStep heard = nodes.Take(bounds.LearnerId, learner, ActionKind.Deliver, powerCut: false, new NodeId((ulong)acceptor + 1), content);
            if (heard.Next < 0)
            {
                // A learner that knows a decision checks one thing: that what it learns again is the same.
                Value voted = ((Accepted)contents[content].Message).Vote.Value;
                refused = nodes[learner].Decision is { } known ? $"agreement: {known} was learned, and then {voted}" : nodes.Broken;
            }

            learner = heard.Next < 0 ? NoLearner : heard.Next;
        }

        int quorum = bounds.Quorums.Phase2Of(bounds.Acceptors);
        Value? decided = before.Decided;
        string? broken = null;
        foreach (IGrouping<Ballot, int> ballot in votes.GroupBy(v => contents[v >> 3].Ballot))
        {
            IGrouping<Value, int>[] byValue = [.. ballot.GroupBy(v => ((Accepted)contents[v >> 3].Message).Vote.Value)];
            if (byValue.Length > 1 && !bounds.OutcomeOnly)
                broken ??= $"one value a ballot: votes in {ballot.Key} are for {string.Join(" and ", byValue.Select(v => v.Key))}";
            foreach (IGrouping<Value, int> value in byValue)
            {
                if (value.Count() < quorum)
                    continue;
                if (decided is { } first && first != value.Key)
                    broken ??= $"agreement: {first} is decided, and {value.Key} in {ballot.Key}";
                decided ??= value.Key;
            }
        }

        broken ??= refused;
        // What is learned and not decided yet is wrong; but what it leads to is another value.
        bool isWrong = decided is not null || !bounds.OutcomeOnly;
        if (isWrong && learner != NoLearner && nodes[learner].Decision is { } learned && learned != decided)
            broken ??= $"agreement: {learned} was learned, and {(decided is null ? "nothing" : decided)} is decided";
        return new VoteSet(votes, learner, decided, broken);
    }

    private int Intern(VoteSet set)
    {
        var bytes = new byte[(set.Votes.Length * sizeof(int)) + 1];
        bytes[0] = (byte)((set.Broken is null ? 0 : 1) + (set.Decided is { } decided ? 2 * (decided.Bytes.IsEmpty ? 1 : decided.Bytes.Span[0]) : 0));
        Buffer.BlockCopy(set.Votes, 0, bytes, 1, bytes.Length - 1);
        if (numbers.Add(bytes, out int number))
            sets.Add(set);
        return number;
    }

    /// <summary>One set.</summary>
    /// <param name="Votes">Each the number of its message, times eight, and the acceptor.</param>
    /// <param name="Learner">The learner that has heard them.</param>
    /// <param name="Decided">What they decide.</param>
    /// <param name="Broken">What is wrong.</param>
    private sealed record VoteSet(int[] Votes, int Learner, Value? Decided, string? Broken);
}
