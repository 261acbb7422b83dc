using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>A change of voters, as its leader proposes it.</summary>
/// <param name="Leader">Who proposes it.</param>
/// <param name="Newcomers">Who is to become a voter.</param>
/// <param name="Outgoing">Who is to be none any more.</param>
/// <param name="Staying">The other voters, the leader apart.</param>
internal sealed record ProposedChange(Machine Leader, List<Machine> Newcomers, List<Machine> Outgoing, List<Machine> Staying);

/// <summary>What strikes along changes of voters, each in the moment in which it is proposed. The change itself is the operator's.</summary>
internal abstract class ChangePlay
{
    private Prng? chance;
    private int left;

    protected ChangePlay(World world)
    {
        World = world;
        world.Watch.ConfigurationProposed += Proposed;
    }

    protected World World { get; }

    /// <summary>Whether nothing is to be done any more.</summary>
    protected bool Stopped { get; private set; }

    /// <summary>The next so many changes are struck.</summary>
    public void Begin(Prng from, int changes) => (chance, left) = (from, changes);

    /// <summary>No more.</summary>
    public void Stop() => Stopped = true;

    /// <summary>Strikes.</summary>
    /// <returns>False: that change is none for it.</returns>
    protected abstract bool Strike(ProposedChange change, Prng from);

    private void Proposed(NodeId by, Configuration next)
    {
        if (Stopped || left == 0 || !next.IsJoint || World.Find(by) is not { } leader)
            return;
        List<Machine> before = [.. next.Outgoing.Select(v => World.Find(v.Id)!)];
        List<Machine> after = [.. next.Voters.Select(v => World.Find(v.Id)!)];
        var change = new ProposedChange(
            leader, [.. after.Except(before)], [.. before.Except(after)], [.. before.Intersect(after).Where(m => m != leader)]);
        if (Strike(change, chance!))
            left--;
    }
}
