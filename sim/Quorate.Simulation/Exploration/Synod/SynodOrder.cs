namespace Quorate.Simulation.Exploration;

/// <summary>
/// Acceptors differ in nothing but their numbers: of all ways to number them one stands for all. They are put in the order of what is known
/// of each: its state, its messages, its votes, and who has its promise. Where two tie, a state may be found twice; that costs time alone.
/// </summary>
internal sealed class SynodOrder(SynodBounds bounds, SynodNodes nodes, SynodVotes votes)
{
    private readonly ulong[] marks = new ulong[bounds.Acceptors];
    private readonly int[] order = new int[bounds.Acceptors];
    private readonly Dictionary<int, ulong[]> voteMarks = [];

    /// <summary>Which acceptor stands at each place since <see cref="Apply"/>, from 0.</summary>
    public IReadOnlyList<int> Last => order;

    /// <summary>Puts the acceptors of a state in order.</summary>
    public void Apply(SynodWorld world)
    {
        if (bounds.ProposersVote)
        {
            for (int i = 0; i < order.Length; i++)
                order[i] = i; // who proposes differs from the others, and one that remains has nobody to change places with
            return;
        }

        Mark(world);
        bool sorted = true;
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
            sorted &= i == 0 || marks[i - 1] <= marks[i];
        }

        if (sorted)
            return;
        // By insertion: there are a few.
        for (int i = 1; i < order.Length; i++)
        {
            for (int j = i; j > 0 && marks[order[j - 1]] > marks[order[j]]; j--)
                (order[j - 1], order[j]) = (order[j], order[j - 1]);
        }

        int number = 0;
        foreach (int acceptor in order)
            number = (number * bounds.Acceptors) + acceptor;
        world.Rename(order);
        for (int i = 0; i < bounds.Proposers; i++)
            world.Members[bounds.Acceptors + i] = nodes.Rename(bounds.ProposerId(i), world.Members[bounds.Acceptors + i], order, number);
        world.Votes = votes.Rename(world.Votes, order, number);
    }

    private void Mark(SynodWorld world)
    {
        if (!voteMarks.TryGetValue(world.Votes, out ulong[]? cast))
        {
            cast = new ulong[marks.Length];
            for (int i = 0; i < cast.Length; i++)
            {
                foreach (int vote in votes.Of(world.Votes, i))
                    cast[i] += Mix((ulong)vote + 1);
            }

            voteMarks.Add(world.Votes, cast);
        }

        for (int i = 0; i < marks.Length; i++)
        {
            ulong promised = 0;
            for (int p = 0; p < bounds.Proposers; p++)
                promised |= nodes.HasPromise(world.Members[marks.Length + p], i) ? 1UL << p : 0;
            marks[i] = Mix((ulong)world.Members[i] << 8 | promised) + cast[i];
        }

        foreach (int message in world.Messages)
        {
            ulong content = (ulong)SynodWorld.ContentOf(message) << 8;
            if (SynodWorld.FromOf(message) < marks.Length)
                marks[SynodWorld.FromOf(message)] += Mix(content | 0x40 | (uint)SynodWorld.ToOf(message));
            else
                marks[SynodWorld.ToOf(message)] += Mix(content | 0x80 | (uint)SynodWorld.FromOf(message));
        }
    }

    private static ulong Mix(ulong z)
    {
        z = (z + 0x9E3779B97F4A7C15) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 29)) * 0x94D049BB133111EB;
        return z ^ (z >> 32);
    }
}
