using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>An engine's promises, looked at in every state. A rule returns null, or in words what is broken.</summary>
internal interface ISafetyRules
{
    /// <summary>Takes what a member has become into the history that the state carries: who led which term or round, and what was committed.</summary>
    string? Observe(WorldState world, int member);

    /// <summary>Looks at the whole, of which only that member has changed.</summary>
    string? Check(WorldState world, int member);
}

/// <summary>Raft's (Figure 3).</summary>
internal sealed class RaftRules(MemberSteps steps, CommittedLogs committed, WorldEntries entries) : ISafetyRules
{
    /// <inheritdoc/>
    public string? Observe(WorldState world, int member)
    {
        MemberState state = steps[world.Members[member]];
        return ObserveLeader(world, member, state) ?? ObserveCommit(world, state);
    }

    /// <inheritdoc/>
    public string? Check(WorldState world, int member) =>
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
        int[] log = committed.Entries(world.Committed);
        for (int i = 0; i < Math.Min(state.Commit, log.Length); i++)
        {
            if (state.Log[i] != log[i])
                return $"committed entries never change: {state.Id} has {Spell(state.Log[i])} at {i + 1}, where {Spell(log[i])} was committed";
        }

        for (int i = log.Length; i < state.Commit; i++)
            world.Committed = committed.Extend(world.Committed, state.Log[i], state.Round);
        return null;
    }

    // Leader Completeness: what was committed in a term is in the logs of the leaders of all later terms (§5.4).
    private string? CheckLeaders(WorldState world)
    {
        int[] log = committed.Entries(world.Committed);
        ulong[] terms = committed.Terms(world.Committed);
        for (int member = 0; member < world.Members.Length && log.Length > 0; member++)
        {
            MemberState state = steps[world.Members[member]];
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

    // Log Matching: logs that agree on the term at an index agree up to there (§5.3).
    private string? CheckLogs(WorldState world, int member)
    {
        MemberState one = steps[world.Members[member]];
        for (int i = 0; i < world.Members.Length; i++)
        {
            MemberState other = steps[world.Members[i]];
            if (i != member && !(Match(one.Log, other.Log) && Match(one.Log, other.DurableLog) && Match(one.DurableLog, other.Log)))
                return $"log matching: {one.Id} and {other.Id} have the same term at an index, and different entries up to there";
        }

        return null;
    }

    private bool Match(int[] one, int[] other)
    {
        int last = Math.Min(one.Length, other.Length) - 1;
        while (last >= 0 && entries[one[last]].Epoch != entries[other[last]].Epoch)
            last--;
        for (; last >= 0; last--)
        {
            if (one[last] != other[last])
                return false;
        }

        return true;
    }

    // What is committed would survive the loss of power everywhere.
    private string? CheckDurable(WorldState world)
    {
        int[] log = committed.Entries(world.Committed);
        for (int i = 0; i < log.Length; i++)
        {
            int holders = 0;
            foreach (int member in world.Members)
            {
                int[] durable = steps[member].DurableLog;
                holders += durable.Length > i && durable[i] == log[i] ? 1 : 0;
            }

            if (holders <= world.Members.Length / 2)
                return $"durable on a quorum: entry {i + 1}, {Spell(log[i])}, is committed, and on {holders} disks";
        }

        return null;
    }

    private string Spell(int entry) => entries[entry] switch
    {
        { Kind: EntryKind.Command } e => $"{e.Epoch}:{(char)e.Bytes[0]}",
        var e => $"{e.Epoch}",
    };
}
