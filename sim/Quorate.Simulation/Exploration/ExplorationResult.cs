namespace Quorate.Simulation.Exploration;

/// <summary>How far an exploration has got, or got.</summary>
public sealed record ExplorationResult
{
    /// <summary>Distinct states found.</summary>
    public required long States { get; init; }

    /// <summary>Of them, those whose every successor was looked at.</summary>
    public required long Expanded { get; init; }

    /// <summary>Steps from one state to another, also to one known already.</summary>
    public required long Transitions { get; init; }

    /// <summary>Actions on the shortest way to the states found last.</summary>
    public required int Depth { get; init; }

    /// <summary>States by how many terms have had a leader; of the Synod, by how many ballots were begun.</summary>
    public required IReadOnlyList<long> StatesByElections { get; init; }

    /// <summary>States in which something is committed, or decided.</summary>
    public required long StatesWithCommits { get; init; }

    /// <summary>Distinct states of a single member.</summary>
    public required int MemberStates { get; init; }

    /// <summary>Distinct messages.</summary>
    public required int Messages { get; init; }

    /// <summary>Inputs that real cores have taken; each other step repeats one of these.</summary>
    public required int CoreSteps { get; init; }

    /// <summary>Successors left out because too many messages were in flight.</summary>
    public required long LeftOut { get; init; }

    /// <summary>Bytes of the tables: states seen, frontier, paths, members.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>Whether nothing is left to look at: every state within the bounds was found.</summary>
    public bool Complete => Expanded == States && Violation is null;

    /// <summary>The promise that was broken; null when none was.</summary>
    public string? Violation { get; init; }

    /// <summary>The shortest way to the violation as a scenario; to the last state found when there is none.</summary>
    public string Script { get; init; } = "";
}
