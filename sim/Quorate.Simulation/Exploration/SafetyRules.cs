using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>An engine's promises, looked at in every state. A rule returns null, or in words what is broken.</summary>
internal abstract class SafetyRules(MemberSteps steps, CommittedLogs committed, WorldEntries entries)
{
    /// <summary>Members' states, by number.</summary>
    protected MemberSteps Steps { get; } = steps;

    /// <summary>Committed logs, by number.</summary>
    protected CommittedLogs Committed { get; } = committed;

    /// <summary>Entries, by number.</summary>
    protected WorldEntries Entries { get; } = entries;

    /// <summary>Takes what a member has become into the history that the state carries: who led which term or round, and what was committed.</summary>
    public abstract string? Observe(WorldState world, int member);

    /// <summary>Looks at the whole, of which only that member has changed.</summary>
    public abstract string? Check(WorldState world, int member);

    /// <summary>A member's logs, in memory and on disk, beside everybody else's.</summary>
    protected string? CheckLogs(WorldState world, int member)
    {
        MemberState one = Steps[world.Members[member]];
        for (int i = 0; i < world.Members.Length; i++)
        {
            MemberState other = Steps[world.Members[i]];
            if (i != member && !(Agree(one.Log, other.Log) && Agree(one.Log, other.DurableLog) && Agree(one.DurableLog, other.Log)))
                return Disagree(one.Id, other.Id);
        }

        return null;
    }

    /// <summary>What is committed would survive the loss of power everywhere.</summary>
    protected string? CheckDurable(WorldState world)
    {
        int[] log = Committed.Entries(world.Committed);
        for (int i = 0; i < log.Length; i++)
        {
            int holders = 0;
            foreach (int member in world.Members)
            {
                int[] durable = Steps[member].DurableLog;
                holders += durable.Length > i && Holds(durable[i], log[i]) ? 1 : 0;
            }

            if (holders <= world.Members.Length / 2)
                return $"durable on a quorum: what is committed as entry {i + 1} is on {holders} disks";
        }

        return null;
    }

    /// <summary>Whether two logs may be of one group.</summary>
    protected abstract bool Agree(int[] one, int[] other);

    /// <summary>In words, that two members' logs may not.</summary>
    protected abstract string Disagree(NodeId one, NodeId other);

    /// <summary>Whether what a log holds at a place is what was committed there.</summary>
    protected abstract bool Holds(int entry, int committed);

    /// <summary>An entry in words.</summary>
    protected string Spell(int entry) => Entries[entry] switch
    {
        { Kind: EntryKind.Command } e => $"{e.Epoch}:{(char)e.Bytes[0]}",
        var e => $"{e.Epoch}",
    };
}
