using System.Text;
using Quorate.Simulation;

namespace Quorate.Cli.Sim;

/// <summary>What <c>quorate sim</c> was asked for.</summary>
internal sealed record SimSettings
{
    /// <summary>How many seeds.</summary>
    public required int Seeds { get; init; }

    /// <summary>The first of them; the others follow.</summary>
    public required ulong FirstSeed { get; init; }

    /// <summary>The protocol, by name.</summary>
    public string Consensus { get; init; } = "raft";

    /// <summary>Members at the start; null: as each seed has it.</summary>
    public int? Size { get; init; }

    /// <summary>Simulated hours of faults in each seed.</summary>
    public double Hours { get; init; }

    /// <summary>These classes of faults alone; empty: as each seed has it.</summary>
    public IReadOnlyList<FaultKind> Faults { get; init; } = [];

    /// <summary>Of the planned faults these alone; null: all.</summary>
    public IReadOnlySet<int>? Only { get; init; }

    /// <summary>Print seed and trace hash, a line each.</summary>
    public bool PrintHashes { get; init; }

    /// <summary>Worlds at once.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Where diagrams of violations go.</summary>
    public string Output { get; init; } = ".";

    /// <summary>The run of one seed.</summary>
    public SeedOptions RunOf(ulong seed) => new()
    {
        Seed = seed,
        Engine = Consensus,
        Size = Size,
        FaultNanoseconds = (long)(Hours * 3600e9),
        Wanted = Faults,
        Only = Only,
    };

    /// <summary>The command that plays a run again.</summary>
    public string ReplayOf(ulong seed, IReadOnlySet<int>? only)
    {
        var command = new StringBuilder($"./quorate sim --seeds 1 --first-seed {seed}");
        if (Consensus != "raft")
            command.Append($" --consensus {Consensus}");
        if (Size is { } size)
            command.Append($" --size {size}");
        if (Hours != 1.0 / 6)
            command.Append($" --hours {Hours:R}");
        foreach (FaultKind fault in Faults)
            command.Append($" --fault {FaultNames.Of(fault)}");
        if (only is not null)
            command.Append($" --only {(only.Count == 0 ? "none" : string.Join(',', only.Order()))}");
        return command.ToString();
    }
}

/// <summary>Classes of faults as the command line spells them: lower case, with dashes.</summary>
internal static class FaultNames
{
    /// <summary>All of them.</summary>
    public static string[] All { get; } = [.. FaultPlan.Kinds.Select(Of)];

    /// <summary>The name of a class.</summary>
    public static string Of(FaultKind kind)
    {
        var name = new StringBuilder();
        foreach (char c in $"{kind}")
        {
            if (char.IsUpper(c) && name.Length > 0)
                name.Append('-');
            name.Append(char.ToLowerInvariant(c));
        }

        return name.ToString();
    }

    /// <summary>The class of a name.</summary>
    public static FaultKind Parse(string name) => FaultPlan.Kinds[Array.IndexOf(All, name)];
}
