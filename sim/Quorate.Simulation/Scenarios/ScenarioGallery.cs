using System.Reflection;
using System.Text;
using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>The scenarios that the program carries: <c>sim/scenarios/ENGINE/NAME.txt</c> of the source tree.</summary>
public static class ScenarioGallery
{
    /// <summary>The folder of scenarios of a single decision, which are played without an engine.</summary>
    public const string Synod = "synod";

    private const string Folder = "scenarios/";

    /// <summary>Where the runs of planted bugs lie: <c>./mutants --trace</c> writes them, and nothing plays them here.</summary>
    public const string Broken = "mutants";

    /// <summary>Engine and name of each, in ordinal order.</summary>
    public static IReadOnlyList<(string Engine, string Name)> Names { get; } = List();

    /// <summary>The runs of planted bugs, by the names of their mutants.</summary>
    public static IReadOnlyList<string> BrokenNames { get; } = [.. Everything().Where(n => n.Engine == Broken).Select(n => n.Name)];

    /// <summary>The engines that have a scenario of that name, in ordinal order.</summary>
    public static string[] EnginesWith(string name) => [.. Names.Where(n => n.Name == name).Select(n => n.Engine)];

    /// <summary>The engine whose scenarios lie in that folder.</summary>
    /// <exception cref="ScenarioFailedException">There is none.</exception>
    public static IConsensusEngine EngineOf(string engine) =>
        Engines.Names.Contains(engine) ? Engines.Of(engine) : throw new ScenarioFailedException($"no engine '{engine}'");

    /// <summary>Reads one.</summary>
    /// <exception cref="ScenarioFailedException">There is none of that name.</exception>
    public static ScenarioFile Load(string engine, string name)
    {
        using Stream? resource = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{Folder}{engine}/{name}.txt");
        if (resource is null)
            throw new ScenarioFailedException($"no scenario '{name}' for {engine}");
        byte[] bytes = new byte[resource.Length];
        resource.ReadExactly(bytes);
        return ScenarioFile.Parse(name, Encoding.UTF8.GetString(bytes));
    }

    private static (string, string)[] List() => [.. Everything().Where(n => n.Engine != Broken)];

    private static (string Engine, string Name)[] Everything() =>
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(n => n.StartsWith(Folder, StringComparison.Ordinal)).Order(StringComparer.Ordinal)
            .Select(n => n[Folder.Length..^".txt".Length].Split('/')).Select(p => (p[0], p[1])),
    ];
}
