using System.CommandLine;
using Quorate.Simulation.Diagrams;
using Quorate.Simulation.Scenarios;

namespace Quorate.Cli.Sim;

/// <summary><c>quorate sim scenario</c>: plays a scenario on real cores, and prints or draws what happened.</summary>
internal static class ScenarioCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var name = new Argument<string?>("name")
        {
            Description = "Which one, or the path of a file in the same format; without it all are listed.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var consensus = new Option<string>("--consensus") { Description = "Whose scenarios.", DefaultValueFactory = _ => "raft" };
        consensus.AcceptOnlyFromAmong([.. ScenarioGallery.Names.Select(n => n.Engine).Distinct()]);
        var html = new Option<FileInfo?>("--html") { Description = "Write a page to step through it." };
        var svg = new Option<FileInfo?>("--svg") { Description = "Write a still picture of it." };
        var command = new Command("scenario", "Play a scenario step by step, as text or as a diagram.") { name, consensus, html, svg };
        command.SetAction(parsed => Run(
            parsed.GetValue(consensus)!, parsed.GetValue(name), parsed.GetValue(html), parsed.GetValue(svg)));
        return command;
    }

    private static int Run(string engine, string? name, FileInfo? html, FileInfo? svg)
    {
        if (name is null)
            return List(engine);
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
    private static ScenarioFile Played(string engine, string name)
    {
        if (ScenarioGallery.BrokenNames.Contains(name))
            return ScenarioGallery.Load(ScenarioGallery.Broken, name);
        ScenarioFile scenario = File.Exists(name)
            ? ScenarioFile.Parse(Path.GetFileNameWithoutExtension(name), File.ReadAllText(name))
            : ScenarioGallery.Load(engine, name);
        return ScenarioPlayer.Play(scenario, engine);
    }

    private static int List(string engine)
    {
        foreach ((string _, string name) in ScenarioGallery.Names.Where(n => n.Engine == engine))
            Console.Out.WriteLine($"{name,-28}{ScenarioGallery.Load(engine, name).Title}");
        foreach (string name in ScenarioGallery.BrokenNames.Where(_ => engine == "raft"))
            Console.Out.WriteLine($"{name,-28}{ScenarioGallery.Load(ScenarioGallery.Broken, name).Title}");
        return 0;
    }
}
