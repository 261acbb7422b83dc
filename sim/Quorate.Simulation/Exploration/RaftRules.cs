using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>Raft's (Figure 3).</summary>
internal sealed class RaftRules(MemberSteps steps, CommittedLogs committed, WorldEntries entries)
    : SafetyRules(steps, committed, entries)
{
    /// <inheritdoc/>
    public override string? Observe(WorldState world, int member)
    {
        MemberState state = Steps[world.Members[member]];
        return ObserveLeader(world, member, state) ?? ObserveCommit(world, state);
    }

    /// <inheritdoc/>
    public override string? Check(WorldState world, int member) =>
        CheckLeaders(world) ?? CheckLogs(world, member) ?? CheckDurable(world);

    // Election Safety: at most one leader can be elected in a given term (§5.2).
    private static string? ObserveLeader(WorldState world, int member, MemberState state)
    {
        if (state.Role != CoreRole.Leader)
            return null;
        int shift = 4 * (int)state.Round;
        int led = (int)(world.Leaders >> shift) & 15;
        if (led != 0 && led != member + 1)
            return $"election safety: {led} and {member + 1} both led term {state.Round}";
        world.Leaders |= (ulong)(member + 1) << shift;
        return null;
    }

    // State Machine Safety, in terms of the log: what anyone held to be committed never changes (§5.4.3).
    private string? ObserveCommit(WorldState world, MemberState state)
    {
        int[] log = Committed.Entries(world.Committed);
        for (int i = 0; i < Math.Min(state.Commit, log.Length); i++)
        {
            if (state.Log[i] != log[i])
                return $"committed entries never change: {state.Id} has {Spell(state.Log[i])} at {i + 1}, where {Spell(log[i])} was committed";
        }

        for (int i = log.Length; i < state.Commit; i++)
            world.Committed = Committed.Extend(world.Committed, state.Log[i], state.Round);
        return null;
    }

    // Leader Completeness: what was committed in a term is in the logs of the leaders of all later terms (§5.4).
    private string? CheckLeaders(WorldState world)
    {
        int[] log = Committed.Entries(world.Committed);
        ulong[] terms = Committed.Terms(world.Committed);
        for (int member = 0; member < world.Members.Length && log.Length > 0; member++)
        {
            MemberState state = Steps[world.Members[member]];
            if (state.Role != CoreRole.Leader)
                continue;
            for (int i = 0; i < log.Length; i++)
            {
                if (terms[i] < state.Round && (i >= state.Log.Length || state.Log[i] != log[i]))
                {
                    return $"leader completeness: {state.Id}, the leader of term {state.Round}, lacks entry {i + 1}, "
                        + $"{Spell(log[i])}, which was committed in term {terms[i]}";
                }
            }
        }

        return null;
    }

    /// <inheritdoc/>
    /// <remarks>Log Matching: logs that agree on the term at an index agree up to there (§5.3).</remarks>
    protected override bool Agree(int[] one, int[] other)
    {
        int last = Math.Min(one.Length, other.Length) - 1;
        while (last >= 0 && Entries[one[last]].Epoch != Entries[other[last]].Epoch)
            last--;
        for (; last >= 0; last--)
        {
            if (one[last] != other[last])
                return false;
        }

        return true;
    }

    /// <inheritdoc/>
    protected override string Disagree(NodeId one, NodeId other) =>
        $"log matching: {one} and {other} have the same term at an index, and different entries up to there";

    /// <inheritdoc/>
    protected override bool Holds(int entry, int committed) => entry == committed;
}
