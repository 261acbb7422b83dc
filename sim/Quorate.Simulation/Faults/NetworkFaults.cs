using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>What is done to links, and undone.</summary>
internal sealed class NetworkFaults(World world)
{
    private const long HeldMax = 10 * Span.Second; // a connection that gets nothing through for longer is closed

    private readonly List<Link> touched = [];
    private readonly List<Machine> isolated = [];
    private bool healed;

    /// <summary>Some links lose, delay, repeat or reorder for a while.</summary>
    public bool Trouble(FaultKind kind, Machine victim, Prng chance)
    {
        if (kind == FaultKind.Hold)
            return HoldSome(victim, chance);
        int perMille = (int)(chance.Chance(1, 2) ? chance.Between(5, 100) : chance.Between(100, 700));
        long lateMax = chance.Chance(1, 2) ? 200 * Span.Millisecond : 4 * Span.Second;
        bool all = chance.Chance(1, 2);
        List<Link> links = [.. LivingPairs().Where(p => all || p.From == victim || p.To == victim).Select(LinkOf)];
        touched.AddRange(links);
        foreach (Link link in links)
        {
            AilmentOf(link, kind).Begin(perMille, lateMax);
            if (kind == FaultKind.Reorder)
                link.Overtaken.Begin(100, lateMax); // overtaking needs something to overtake
        }

        world.After(chance.Between(2, 60) * Span.Second, () => EndTrouble(kind, links));
        return links.Count > 0;
    }

    private void EndTrouble(FaultKind kind, List<Link> links)
    {
        if (healed)
            return;
        foreach (Link link in links)
        {
            AilmentOf(link, kind).End();
            if (kind == FaultKind.Reorder)
                link.Overtaken.End();
        }
    }

    private static Ailment AilmentOf(Link link, FaultKind kind) => kind switch
    {
        FaultKind.Drop => link.Loss,
        FaultKind.Delay => link.Delay,
        FaultKind.Duplicate => link.Repetition,
        _ => link.Overtaking,
    };

    private bool HoldSome(Machine victim, Prng chance)
    {
        bool from = chance.Chance(1, 2);
        bool to = !from || chance.Chance(1, 2);
        List<(Machine, Machine)> links = [.. LivingPairs().Where(p => (from && p.From == victim) || (to && p.To == victim)).Where(_ => chance.Chance(3, 4))];
        Hold(links, chance.Chance(1, 2) ? chance.Between(100, 1500) * Span.Millisecond : chance.Between(1000, 10_000) * Span.Millisecond);
        return links.Count > 0;
    }

    /// <summary>Some links carry nothing for a while.</summary>
    public bool Partition(FaultKind kind, Machine victim, Prng chance)
    {
        List<Machine> members = [.. world.Members.Where(m => m.State != MemberState.Retired)];
        if (members.Count < 2)
            return false;
        members.Remove(victim);
        Shuffle(members, chance);
        members.Insert(0, victim);
        int cut = (int)chance.Between(1, members.Count - 1);
        var cuts = new List<(Machine From, Machine To)>();
        foreach ((Machine from, Machine to) in Pairs())
        {
            int a = members.IndexOf(from);
            int b = members.IndexOf(to);
            if (a >= 0 && b >= 0 && IsCut(kind, a, b, cut))
                cuts.Add((from, to));
        }

        Cut(cuts, chance.Chance(1, 3) ? chance.Between(100, 2000) * Span.Millisecond : chance.Between(2, 40) * Span.Second);
        return cuts.Count > 0;
    }

    /// <summary>These links carry nothing for a while. In a third of the cases what is sent meanwhile is not lost but late, all of it, in order.</summary>
    public void Cut(IReadOnlyList<(Machine From, Machine To)> cuts, long lasts)
    {
        if (lasts <= HeldMax && world.Streams.Of(StreamKind.Hold, world.Time.NowNanoseconds).Chance(1, 3))
            Hold(cuts, lasts);
        else
            CutOff(cuts, lasts);
    }

    /// <summary>As <see cref="Cut"/>; what is sent meanwhile, or would arrive, is lost.</summary>
    public void CutOff(IReadOnlyList<(Machine From, Machine To)> cuts, long lasts)
    {
        CutLinks(cuts);
        world.After(lasts, () => Mend(cuts));
    }

    /// <summary>What is sent over these links for a while, until the heal at most, arrives after it, in order.</summary>
    public void Hold(IEnumerable<(Machine From, Machine To)> held, long lasts)
    {
        List<Link> links = [.. held.Select(LinkOf)];
        touched.AddRange(links);
        foreach (Link link in links)
            link.HeldUntil = Math.Max(link.HeldUntil, Math.Min(world.Time.NowNanoseconds + lasts, world.Options.FaultNanoseconds));
    }

    /// <summary>Nothing passes between the one side and the other for a while.</summary>
    public void Separate(IReadOnlyList<Machine> side, IReadOnlyList<Machine> other, long lasts)
    {
        var cuts = new List<(Machine From, Machine To)>();
        foreach (Machine a in side)
        {
            foreach (Machine b in other)
                cuts.AddRange([(a, b), (b, a)]);
        }

        Cut(cuts, lasts);
    }

    /// <summary>What is sent to a member arrives late for a while.</summary>
    public void Delay(Machine to, int perMille, long lateMax, long lasts)
    {
        List<Link> links = [.. Pairs().Where(p => p.To == to).Select(LinkOf)];
        touched.AddRange(links);
        links.ForEach(l => l.Delay.Begin(perMille, lateMax));
        world.After(lasts, () => EndTrouble(FaultKind.Delay, links));
    }

    /// <summary>Nothing passes between that member and anybody for a while, and it is lost.</summary>
    public void Isolate(Machine member, long lasts) => CutOff(LinksOf(member), lasts);

    /// <summary>Nothing passes between that member and anybody, until the heal.</summary>
    public void Isolate(Machine member)
    {
        CutLinks(LinksOf(member));
        isolated.Add(member);
    }

    /// <summary>All links are well again, save for those of whom is away and was isolated.</summary>
    public void Heal(IReadOnlyCollection<Machine> away)
    {
        healed = true;
        isolated.RemoveAll(m => !away.Contains(m));
        foreach (Link link in touched)
            link.Recover();
        foreach ((Machine From, Machine To) pair in Pairs())
            LinkOf(pair).Cuts = isolated.Contains(pair.From) || isolated.Contains(pair.To) ? 1 : 0;
    }

    private void CutLinks(IReadOnlyList<(Machine From, Machine To)> cuts)
    {
        foreach ((Machine from, Machine to) in cuts)
        {
            LinkOf((from, to)).Cuts++;
            world.Network.BreakSnapshots(from.Id, to.Id);
        }
    }

    private void Mend(IReadOnlyList<(Machine From, Machine To)> cuts)
    {
        if (healed)
            return;
        foreach ((Machine From, Machine To) pair in cuts)
            LinkOf(pair).Cuts--;
    }

    /// <summary>Whether the link from place <paramref name="a"/> to place <paramref name="b"/> is cut; the victim stands at 0.</summary>
    private static bool IsCut(FaultKind kind, int a, int b, int cut) => kind switch
    {
        FaultKind.PartitionFull => a < cut != b < cut,
        FaultKind.PartitionAsymmetric => a < cut && b >= cut,
        FaultKind.PartitionBridge => a != 0 && b != 0 && a % 2 != b % 2,
        _ => Math.Abs(a - b) > 1,
    };

    private Link LinkOf((Machine From, Machine To) pair) => world.Network.LinkOf(pair.From.Id, pair.To.Id);

    private List<(Machine From, Machine To)> LinksOf(Machine member) => [.. Pairs().Where(p => p.From == member || p.To == member)];

    private IEnumerable<(Machine From, Machine To)> LivingPairs() =>
        Pairs().Where(p => p.From.State != MemberState.Retired && p.To.State != MemberState.Retired);

    private IEnumerable<(Machine From, Machine To)> Pairs() =>
        from a in world.Members
        from b in world.Members
        where a != b
        select (a, b);

    private static void Shuffle(List<Machine> members, Prng chance)
    {
        for (int i = members.Count - 1; i > 0; i--)
        {
            int j = (int)chance.Below((ulong)i + 1);
            (members[i], members[j]) = (members[j], members[i]);
        }
    }
}
