using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>What must hold in every scenario, whatever its author had in mind (Raft Figure 3), unless it shows what comes of a planted bug.</summary>
internal sealed class ScenarioSafety(IConsensusEngine engine)
{
    // Raft: an entry keeps its term, and logs are prefixes. Paxos: a slot stands on its own, and may be accepted again under a higher ballot.
    private readonly bool isPrefix = engine.InstalledLog == InstalledLogRule.KeepIfMatched;

    private readonly SortedDictionary<UInt128, NodeId> leaders = [];
    private readonly SortedDictionary<ulong, (Epoch Epoch, string Spelled)> decided = [];

    /// <summary>Is told, in the words of a scenario, what breaks a rule; null: that ends the scenario.</summary>
    public Action<string>? Told { get; set; }

    /// <summary>Election Safety: at most one leader for each epoch.</summary>
    public void Observe(ScenarioMember member)
    {
        if (member.Core is not { } core || core.Status.Role != CoreRole.Leader)
            return;
        UInt128 epoch = core.Status.Epoch.Value;
        if (leaders.TryGetValue(epoch, out NodeId other) && other != member.Id)
            Broken($"{member.Id}  leads in epoch {core.Status.Epoch}, as {other} does");
        leaders[epoch] = member.Id;
    }

    /// <summary>State Machine Safety: nobody decides another entry at the same index.</summary>
    public void Decided(NodeId member, in Entry entry)
    {
        var stored = new StoredEntry(entry.Index, entry.Epoch, entry.Kind, entry.Payload.Span.ToArray());
        string spelled = isPrefix ? ScenarioText.Entry(stored) : ScenarioText.Content(stored);
        Epoch epoch = isPrefix ? entry.Epoch : Epoch.Zero;
        if (!decided.TryGetValue(entry.Index.Value, out (Epoch Epoch, string Spelled) before))
            decided[entry.Index.Value] = (epoch, spelled);
        else if (before != (epoch, spelled))
            Broken($"{member}  decides {spelled} at {entry.Index}, where {before.Spelled} was decided before");
    }

    /// <summary>Log Matching: logs that agree on an entry agree on all before it.</summary>
    public void MatchLogs(IEnumerable<ScenarioMember> members)
    {
        if (!isPrefix || Told is not null)
            return; // what breaks by a planted bug is told
        ScenarioMember[] all = [.. members];
        foreach (ScenarioMember one in all)
        {
            foreach (ScenarioMember other in all.Where(o => o.Id.CompareTo(one.Id) > 0))
                Match(one, other);
        }
    }

    private void Broken(string how)
    {
        if (Told is null)
            throw new ScenarioFailedException(how);
        Told(how);
    }

    private static void Match(ScenarioMember one, ScenarioMember other)
    {
        bool agreed = false;
        foreach (StoredEntry entry in one.Disk.Written.Entries.Values.Reverse())
        {
            if (!other.Disk.Written.Entries.TryGetValue(entry.Index.Value, out StoredEntry? twin))
                continue;
            bool same = entry.Epoch == twin.Epoch && entry.Kind == twin.Kind && entry.Bytes.AsSpan().SequenceEqual(twin.Bytes);
            if (agreed && !same)
                throw new ScenarioFailedException($"the logs of {one.Id} and {other.Id} agree after {entry.Index} but not there");
            agreed |= entry.Epoch == twin.Epoch;
            if (agreed && !same)
                throw new ScenarioFailedException($"the logs of {one.Id} and {other.Id} differ at {entry.Index} within one epoch");
        }
    }
}
