using System.CommandLine;
using Quorate.Simulation.Diagrams;
using Quorate.Simulation.Scenarios;

namespace Quorate.Cli.Sim;

/// <summary><c>quorate sim scenario</c>: plays a scenario on real cores, and prints or draws what happened.</summary>
internal static class ScenarioCommand
{
    private const int Unreadable = 2;

    /// <summary>The command.</summary>
    public static Command Create()
    {
        var name = new Argument<string?>("name")
        {
            Description = "Which one, or the path of a file in the same format; without it all are listed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var consensus = new Option<string?>("--consensus")
        {
            Description = "Whose scenario; needed where several have one of that name. [default for a file: raft]",
        };
        consensus.AcceptOnlyFromAmong([.. ScenarioGallery.Names.Select(n => n.Engine).Distinct()]);
        var html = new Option<FileInfo?>("--html") { Description = "Write a page to step through it." };
        var svg = new Option<FileInfo?>("--svg") { Description = "Write a still picture of it." };
        var command = new Command("scenario", "Play a scenario step by step, as text or as a diagram.") { name, consensus, html, svg };
        command.Validators.Add(result =>
        {
            if (result.GetValue(name) is null && (result.GetValue(html) ?? result.GetValue(svg)) is not null)
                result.AddError("--html and --svg draw one scenario: which? (quorate sim scenario lists all)");
        });
        command.SetAction(parsed => Run(
            parsed.GetValue(consensus), parsed.GetValue(name), parsed.GetValue(html), parsed.GetValue(svg)));
        return command;
    }

    private static int Run(string? engine, string? name, FileInfo? html, FileInfo? svg)
    {
        if (name is null)
            return List(engine);
        if (engine is null && !File.Exists(name) && ScenarioGallery.EnginesWith(name) is { Length: > 1 } several)
        {
            Console.Error.WriteLine($"quorate: several have a scenario '{name}': --consensus {string.Join(" or --consensus ", several)}?");
            return Unreadable;
        }

        try
        {
            ScenarioFile played = Played(engine, name);
            if (html is not null)
                File.WriteAllText(html.FullName, ScenarioDiagram.Html(played));
            if (svg is not null)
                File.WriteAllText(svg.FullName, ScenarioDiagram.Svg(played));
            if (html is null && svg is null)
                Console.Out.Write(played.ToString());
            return 0;
        }
        catch (ScenarioFailedException failure)
        {
            Console.Error.WriteLine($"quorate: {failure.Message}");
            return 1;
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"quorate: {failure.Message}");
            return 1;
        }
    }

    /// <summary>Plays it; but what a planted bug did is shown as it was recorded: this program has no such bug.</summary>
    private static ScenarioFile Played(string? engine, string name)
    {
        if (ScenarioGallery.BrokenNames.Contains(name))
            return ScenarioGallery.Load(ScenarioGallery.Broken, name);
        if (File.Exists(name))
            return ScenarioPlayer.Play(ScenarioFile.Parse(Path.GetFileNameWithoutExtension(name), File.ReadAllText(name)), engine ?? "raft");
        engine ??= ScenarioGallery.EnginesWith(name) is [var only]
            ? only
            : throw new ScenarioFailedException($"no scenario '{name}'; quorate sim scenario lists all");
        return ScenarioPlayer.Play(ScenarioGallery.Load(engine, name), engine);
    }

    /// <summary>Lists what there is, by engine; of one alone where it is named.</summary>
    private static int List(string? wanted)
    {
        foreach (IGrouping<string, string> engine in ScenarioGallery.Names.GroupBy(n => n.Engine, n => n.Name))
        {
            if (wanted is null || wanted == engine.Key)
                ListGroup(engine.Key, engine.Key, engine);
        }

        if (wanted is null or "raft")
            ListGroup("raft, with a bug planted (./mutants --trace)", ScenarioGallery.Broken, ScenarioGallery.BrokenNames);
        return 0;
    }

    private static void ListGroup(string heading, string folder, IEnumerable<string> names)
    {
        Console.Out.WriteLine($"{heading}:");
        int widest = names.Max(n => n.Length);
        foreach (string name in names)
            Console.Out.WriteLine($"  {name.PadRight(widest)}  {ScenarioGallery.Load(folder, name).Title}");
    }
}
