using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>Multi-Paxos's: a slot has one value for ever, and one in each ballot; what is decided is durable on a quorum, a majority here.</summary>
internal sealed class PaxosRules(MemberSteps steps, CommittedLogs committed, WorldEntries entries)
    : SafetyRules(steps, committed, entries)
{
    /// <inheritdoc/>
    /// <remarks>
    /// Decided is what a member takes for decided, and what the disks of a majority hold under one ballot just then, up to the first slot that is open, whether
    /// anybody knows it or not.
    /// </remarks>
    public override string? Observe(WorldState world, int member)
    {
        MemberState state = Steps[world.Members[member]];
        if (state.Role == CoreRole.Leader)
            world.Leaders |= 1UL << ((4 * (int)state.Round) + member); // several may lead a round, each in a ballot of its own
        return ObserveKnown(world, state) ?? ObserveChosen(world);
    }

    /// <inheritdoc/>
    public override string? Check(WorldState world, int member) => CheckLogs(world, member) ?? CheckDurable(world);

    private string? ObserveKnown(WorldState world, MemberState state)
    {
        int[] decided = Committed.Entries(world.Committed);
        for (int i = 0; i < state.Commit; i++)
        {
            if (state.Log[i] == WorldEntries.None)
                return $"decided slots are held: {state.Id} takes slot {i + 1} for decided, and holds nothing there";
            if (i < decided.Length && ValueOf(state.Log[i]) != decided[i])
                return $"agreement: {state.Id} takes {Spell(state.Log[i])} for decided in slot {i + 1}, where another value was";
            if (i >= decided.Length)
                world.Committed = Committed.Extend(world.Committed, ValueOf(state.Log[i]), 0);
        }

        return null;
    }

    // A majority of disks holds one ballot's value: it is chosen.
    private string? ObserveChosen(WorldState world)
    {
        for (int i = 0; ; i++)
        {
            int[] decided = Committed.Entries(world.Committed);
            int chosen = Chosen(world, i);
            if (chosen != WorldEntries.None && i < decided.Length && ValueOf(chosen) != decided[i])
                return $"agreement: {Spell(chosen)} is chosen in slot {i + 1}, where another value was";
            if (i < decided.Length)
                continue;
            if (chosen == WorldEntries.None)
                return null;
            world.Committed = Committed.Extend(world.Committed, ValueOf(chosen), 0);
        }
    }

    private int Chosen(WorldState world, int slot)
    {
        foreach (int member in world.Members)
        {
            int[] durable = Steps[member].DurableLog;
            if (slot >= durable.Length || durable[slot] == WorldEntries.None)
                continue;
            int holders = world.Members.Count(other => Steps[other].DurableLog is var log && log.Length > slot && log[slot] == durable[slot]);
            if (holders > world.Members.Length / 2)
                return durable[slot];
        }

        return WorldEntries.None;
    }

    /// <inheritdoc/>
    /// <remarks>What is accepted under one ballot in one slot is one value, wherever it is.</remarks>
    protected override bool Agree(int[] one, int[] other)
    {
        for (int i = 0; i < Math.Min(one.Length, other.Length); i++)
        {
            if (one[i] != other[i] && one[i] != WorldEntries.None && other[i] != WorldEntries.None && Entries[one[i]].Epoch == Entries[other[i]].Epoch)
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    protected override string Disagree(NodeId one, NodeId other) => $"one value a ballot: {one} and {other} hold different values in a slot under one ballot";

    /// <inheritdoc/>
    /// <remarks>Under whatever ballot.</remarks>
    protected override bool Holds(int entry, int committed) => entry != WorldEntries.None && ValueOf(entry) == committed;

    private int ValueOf(int entry) => Entries[entry].Value;
}
