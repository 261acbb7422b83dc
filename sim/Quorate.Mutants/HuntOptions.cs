using Quorate.Simulation;

namespace Quorate.Mutants;

/// <summary>What a hunt was asked for.</summary>
internal sealed record HuntOptions
{
    /// <summary>The seed that is run first, and again in none of the others' places; null: none.</summary>
    public ulong? Recorded { get; init; }

    /// <summary>From here on all are run in turn.</summary>
    public ulong First { get; init; } = 1;

    /// <summary>Processor time of simulation after which it is given up; 0: the recorded seed alone is run.</summary>
    public TimeSpan Budget { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Instead of seeds: the name of bounds within which every state is looked at; null: seeds are run.</summary>
    public string? Bounds { get; init; }

    /// <summary>Of the bounds: campaigns; null: as they have it. The same goes for those below.</summary>
    public int? Campaigns { get; init; }

    /// <summary>Of the bounds: commands.</summary>
    public int? Proposals { get; init; }

    /// <summary>Of the bounds: power cuts.</summary>
    public int? Crashes { get; init; }

    /// <summary>Members at the start; null: as each seed has it.</summary>
    public int? Size { get; init; }

    /// <summary>Whose mutant it is.</summary>
    public string Engine { get; init; } = "raft";

    /// <summary>Simulated hours of faults in each seed.</summary>
    public double Hours { get; init; } = 1.0 / 6;

    /// <summary>These classes of faults alone; empty: as each seed has it.</summary>
    public List<FaultKind> Faults { get; init; } = [];

    /// <summary>Reads the command line.</summary>
    /// <exception cref="FormatException">It makes no sense; the message says where.</exception>
    public static HuntOptions Parse(string[] arguments)
    {
        var options = new HuntOptions();
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string name = arguments[i];
            if (i + 1 == arguments.Length)
                throw new FormatException($"{name} needs a value");
            string value = arguments[i + 1];
            switch (name)
            {
                case "--seed":
                    options = options with { Recorded = ulong.Parse(value) };
                    break;
                case "--first-seed":
                    options = options with { First = ulong.Parse(value) };
                    break;
                case "--budget-seconds":
                    options = options with { Budget = TimeSpan.FromSeconds(double.Parse(value)) };
                    break;
                case "--bounds":
                    options = options with { Bounds = value };
                    break;
                case "--campaigns":
                    options = options with { Campaigns = int.Parse(value) };
                    break;
                case "--proposals":
                    options = options with { Proposals = int.Parse(value) };
                    break;
                case "--crashes":
                    options = options with { Crashes = int.Parse(value) };
                    break;
                case "--size":
                    options = options with { Size = int.Parse(value) };
                    break;
                case "--consensus":
                    options = options with { Engine = value };
                    break;
                case "--hours":
                    options = options with { Hours = double.Parse(value) };
                    break;
                case "--fault":
                    options.Faults.Add(KindOf(value));
                    break;
                default:
                    throw new FormatException($"there is no option {name}");
            }
        }

        return options;
    }

    /// <summary>The run of one seed.</summary>
    public SeedOptions RunOf(ulong seed) => new()
    {
        Seed = seed,
        Engine = Engine,
        Size = Size,
        FaultNanoseconds = (long)(Hours * 3600e9),
        Wanted = Faults,
    };

    private static FaultKind KindOf(string name)
    {
        if (Enum.TryParse(name.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out FaultKind kind))
            return kind;
        throw new FormatException($"there is no fault {name}");
    }
}
