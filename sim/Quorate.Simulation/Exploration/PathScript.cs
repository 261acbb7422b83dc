namespace Quorate.Simulation.Exploration;

/// <summary>
/// Writes a path as a scenario: the commands that lead to its end. Scenarios keep messages in the order in which they were sent, so the
/// path is walked again to number those of one kind on one link.
/// </summary>
internal sealed class PathScript(ExplorationBounds bounds, MemberSteps steps, WorldMessages messages)
{
    private readonly List<string> lines = [];
    private readonly List<int> flights = [];
    private readonly int[] members = new int[bounds.Members];

    /// <summary>The scenario's text.</summary>
    public string Write(string title, IReadOnlyList<int> first, IEnumerable<WorldAction> path)
    {
        lines.AddRange([$"# {title}", ""]);
        Do($"option pre-vote {(bounds.PreVote ? "on" : "off")}");
        Do("option check-quorum off");
        Do($"option message-entries {bounds.MessageEntriesMax}");
        Do($"members {string.Join(' ', Enumerable.Range(1, bounds.Members))}");
        for (int i = 0; i < bounds.Members; i++)
        {
            members[i] = first[i];
            if (!bounds.SyncAtOnce)
                Do($"stall {i + 1}");
        }

        foreach (WorldAction action in path)
            Take(action);
        return string.Join('\n', lines) + "\n";
    }

    private void Take(WorldAction action)
    {
        int id = action.Member + 1;
        if (action.PowerCut)
            Do($"stall {id}");
        Do(action.Kind switch
        {
            ActionKind.Campaign => $"campaign {id}",
            ActionKind.Propose => $"propose {id} {(char)('x' + action.Argument)}",
            ActionKind.Sync => $"durable {id} 1",
            ActionKind.Crash => $"power-cut {id}",
            ActionKind.Deliver => $"deliver {Which(action.Argument)}",
            ActionKind.Duplicate => $"duplicate {Which(action.Argument)}",
            ActionKind.Drop => $"drop {Which(action.Argument)}",
            ActionKind.Refuse => throw new InvalidOperationException("Raft has no refusals of this kind"),
        });
        if (action.PowerCut)
            Do($"power-cut {id}");
        if (action.PowerCut || action.Kind == ActionKind.Crash)
            Do($"restart {id}");
        if (action.PowerCut)
            Do($"unstall {id}");
        Follow(action);
    }

    private void Follow(WorldAction action)
    {
        if (action.Kind is ActionKind.Deliver or ActionKind.Drop)
            flights.Remove(action.Argument);
        if (action.Kind == ActionKind.Drop)
            return;
        MemberStep step = steps.Take(members[action.Member], action);
        if (step.Next < 0)
            return; // the step that breaks a promise is the last
        members[action.Member] = step.Next;
        foreach (int message in steps.Sent(step))
            flights.Add(message);
    }

    private string Which(int message)
    {
        WorldMessage meant = messages[message];
        int nth = 1;
        foreach (int flight in flights)
        {
            if (flight == message)
                break;
            WorldMessage before = messages[flight];
            nth += before.From == meant.From && before.To == meant.To && before.Kind == meant.Kind ? 1 : 0;
        }

        return $"{meant.From}->{meant.To} {meant.Kind} #{nth}";
    }

    private void Do(string command) => lines.Add($"> {command}");
}
