using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>Reads and membership changes that a scenario asked for, by the names that it uses for them.</summary>
internal sealed class ScenarioRequests
{
    public const string Waiting = "waiting";
    public const string Served = "served";
    public const string Done = "done";

    private readonly SortedDictionary<ulong, string> names = [];
    private readonly SortedDictionary<string, string> outcomes = new(StringComparer.Ordinal);
    private ulong next;

    /// <summary>How the last request was taken.</summary>
    public Refusal LastRefusal { get; set; }

    /// <summary>A number for the request called <paramref name="name"/>, which waits from now on.</summary>
    public ulong Open(string name)
    {
        names[++next] = name;
        outcomes[name] = Waiting;
        return next;
    }

    /// <summary>It was not taken.</summary>
    public void Refuse(ulong request, Refusal refusal) => outcomes[names[request]] = refusal.ToString();

    /// <summary><c>waiting</c>, <c>served</c>, <c>done</c>, or why not.</summary>
    public string OutcomeOf(string name) =>
        outcomes.TryGetValue(name, out string? outcome) ? outcome : throw new ScenarioFailedException($"nothing is called '{name}'");

    public string EndRead(NodeId at, ReadOutcome read)
    {
        string name = names[read.RequestId];
        outcomes[name] = read.Refusal == Refusal.None ? Served : read.Refusal.ToString();
        return read.Refusal == Refusal.None ? $"{at}  serves read {name} at {read.Index}" : $"{at}  refuses read {name}: {read.Refusal}";
    }

    public string EndChange(NodeId at, ChangeOutcome change)
    {
        string name = names[change.RequestId];
        outcomes[name] = change.Refusal == Refusal.None ? Done : change.Refusal.ToString();
        return change.Refusal == Refusal.None ? $"{at}  ends change {name}" : $"{at}  gives up change {name}: {change.Refusal}";
    }
}
