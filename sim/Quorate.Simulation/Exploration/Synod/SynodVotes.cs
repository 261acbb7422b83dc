using Quorate.Consensus;
using Quorate.Paxos.Synod;

namespace Quorate.Simulation.Exploration;

/// <summary>
/// Sets of votes by number: all that acceptors have ever told the learner of. It is told at once, so it knows all that any learner may come
/// to know. What is wrong with a set is found when it is first met.
/// </summary>
internal sealed class SynodVotes
{
    private readonly SynodBounds bounds;
    private readonly SynodContents contents;
    private readonly SynodNodes nodes;
    private readonly Interner numbers = new();
    private readonly NumberMap larger = new();
    private readonly NumberMap renamed = new();
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
        SynodStep heard = nodes.Take(bounds.LearnerId, sets[set].Learner, ActionKind.Deliver, powerCut: false, new NodeId((ulong)acceptor + 1), content);
        number = heard.Next < 0
            ? Intern(new VoteSet(votes, sets[set].Learner, null, nodes.Broken))
            : Intern(Judged(votes, heard.Next));
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
        // A learner that hears the votes by ballot knows what one knows that heard them in any other order.
        int learner = nodes.First(bounds.LearnerId);
        string? broken = null;
        foreach (int vote in votes.OrderBy(v => contents[v >> 3].Ballot))
        {
            SynodStep heard = nodes.Take(bounds.LearnerId, learner, ActionKind.Deliver, powerCut: false, new NodeId((ulong)(vote & 7) + 1), vote >> 3);
            broken ??= heard.Next < 0 ? nodes.Broken : null;
            if (broken is not null)
                break;
            learner = heard.Next;
        }

        number = Intern(sets[set] with { Votes = votes, Learner = learner, Broken = sets[set].Broken ?? broken });
        renamed.Add(key, number);
        return number;
    }

    private VoteSet Judged(int[] votes, int learner)
    {
        int quorum = bounds.Quorums.Phase2Of(bounds.Acceptors);
        Value? decided = null;
        string? broken = null;
        foreach (IGrouping<Ballot, int> ballot in votes.GroupBy(v => contents[v >> 3].Ballot))
        {
            Value[] values = [.. ballot.Select(v => ((Accepted)contents[v >> 3].Message).Vote.Value).Distinct()];
            if (values.Length > 1)
                broken ??= $"one value a ballot: votes in {ballot.Key} are for {string.Join(" and ", values)}";
            if (ballot.Count() < quorum)
                continue;
            if (decided is { } before && before != values[0])
                broken ??= $"agreement: {before} is decided, and {values[0]} in {ballot.Key}";
            decided ??= values[0];
        }

        if (nodes[learner].Decision is { } learned && learned != decided)
            broken ??= $"agreement: {learned} was learned, and {(decided is null ? "nothing" : decided)} is decided";
        return new VoteSet(votes, learner, decided, broken);
    }

    private int Intern(VoteSet set)
    {
        var bytes = new byte[(set.Votes.Length * sizeof(int)) + 1];
        bytes[0] = set.Broken is null ? (byte)0 : (byte)1;
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
