using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>A change of voters, as its leader proposes it.</summary>
/// <param name="Leader">Who proposes it.</param>
/// <param name="Newcomers">Who is to become a voter.</param>
/// <param name="Outgoing">Who is to be none any more.</param>
/// <param name="Staying">The other voters, the leader apart.</param>
internal sealed record ProposedChange(Machine Leader, List<Machine> Newcomers, List<Machine> Outgoing, List<Machine> Staying);

/// <summary>Looks out for changes of voters: what is to strike along one must do so the moment it is proposed. The change itself is the operator's.</summary>
internal sealed class ChangeLookout
{
    private readonly World world;
    private readonly Func<ProposedChange, Prng, bool> strike;
    private Prng? chance;
    private int left;

    /// <summary>Looks out in a world.</summary>
    /// <param name="world">The world.</param>
    /// <param name="strike">What comes of it; false: that change is none for it.</param>
    public ChangeLookout(World world, Func<ProposedChange, Prng, bool> strike)
    {
        this.world = world;
        this.strike = strike;
        world.Watch.ConfigurationProposed += Proposed;
    }

    /// <summary>Whether nothing is to be done any more.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The next so many changes are struck.</summary>
    public void Await(int changes, Prng from) => (left, chance) = (changes, from);

    /// <summary>No more.</summary>
    public void Stop() => Stopped = true;

    private void Proposed(NodeId by, Configuration next)
    {
        if (Stopped || left == 0 || !next.IsJoint || world.Find(by) is not { } leader)
            return;
        List<Machine> before = [.. next.Outgoing.Select(v => world.Find(v.Id)!)];
        List<Machine> after = [.. next.Voters.Select(v => world.Find(v.Id)!)];
        var change = new ProposedChange(
            leader, [.. after.Except(before)], [.. before.Except(after)], [.. before.Intersect(after).Where(m => m != leader)]);
        if (strike(change, chance!))
            left--;
    }
}
