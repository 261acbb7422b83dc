using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// Membership changes are asked for by several at once, and of each leader the moment it leads. Mostly they are refused; what is changed is
/// only what the log carries along for others to read, so that the promise does not depend on it.
/// </summary>
internal sealed class ChangeStormPlay
{
    private readonly World world;
    private Prng? chance;
    private int left;
    private bool stopped;

    public ChangeStormPlay(World world)
    {
        this.world = world;
        world.Watch.LeaderAppeared += Appeared;
    }

    /// <summary>Asks one member for one.</summary>
    public static void Ask(World world, Machine of, Prng chance)
    {
        IReadOnlyList<Consensus.Member> members = world.Watch.DecidedConfiguration.Members;
        if (of is not { IsRunning: true, Process.Callers: { } callers } || members.Count == 0)
            return;
        byte[] context = BitConverter.GetBytes(chance.NextUInt64());
        NodeId whose = members[(int)chance.Below((ulong)members.Count)].Id;
        callers.Change([new MemberChange(ChangeKind.Update, new Consensus.Member(whose, InstanceId.Open, MemberRole.Voter, context))], _ => { });
    }

    /// <summary>Begins.</summary>
    public bool Begin(Prng from)
    {
        bool began = left > 0;
        chance = from;
        left = (int)from.Between(5, 25);
        if (!began)
            Next();
        return true;
    }

    /// <summary>No more.</summary>
    public void Stop() => stopped = true;

    private void Next() => world.After(chance!.Between(50, 2500) * Span.Millisecond, () =>
    {
        if (stopped || left <= 0)
            return;
        left--;
        if (world.Leader() is { } leader)
            AskTwice(leader);
        Next();
    });

    private void Appeared(NodeId leader)
    {
        if (!stopped && left > 0 && world.Find(leader) is { } machine)
            AskTwice(machine);
    }

    private void AskTwice(Machine machine)
    {
        Ask(world, machine, chance!);
        world.After(chance!.Between(0, 3 * Span.Millisecond), () => Ask(world, machine, chance));
    }
}
