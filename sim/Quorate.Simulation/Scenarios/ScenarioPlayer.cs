using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>Plays a scenario on real cores: scripted network, disks and time, nothing else moves. Same file, same outcome, anywhere.</summary>
public static class ScenarioPlayer
{
    private const string Quietly = "quietly ";

    /// <summary>Plays it to the end on the engine of that name.</summary>
    /// <returns>The scenario with what each command really showed.</returns>
    /// <exception cref="ScenarioFailedException">As below, or there is no such engine.</exception>
    public static ScenarioFile Play(ScenarioFile scenario, string engine) =>
        engine == ScenarioGallery.Synod ? SynodScenario.Play(scenario) : Play(scenario, ScenarioGallery.EngineOf(engine));

    /// <summary>Plays it to the end.</summary>
    /// <returns>The scenario with what each command really showed.</returns>
    /// <exception cref="ScenarioFailedException">An expectation or a safety rule does not hold, or a command is malformed.</exception>
    public static ScenarioFile Play(ScenarioFile scenario, IConsensusEngine engine)
    {
        var world = new ScenarioWorld(engine);
        var commands = new ScenarioCommands(world);
        var expectations = new ScenarioExpectations(world);
        var outputs = new List<IReadOnlyList<string>>();
        foreach (ScenarioStep step in scenario.Steps)
        {
            try
            {
                outputs.Add(Do(world, commands, expectations, step.Text));
            }
            catch (ScenarioFailedException failure)
            {
                throw new ScenarioFailedException($"{scenario.Name}, line {step.Line}: {failure.Message}");
            }
            catch (InvariantBrokenException broken)
            {
                throw new ScenarioFailedException($"{scenario.Name}, line {step.Line}: '{step.Text}': {broken}");
            }
        }

        return scenario.With(outputs);
    }

    /// <summary>
    /// Plays it on code with a planted bug. Its expectations say what comes of the bug; where a safety rule breaks the run tells it and goes on,
    /// and where the code stops itself the run ends.
    /// </summary>
    /// <returns>The scenario as far as it went, with what each command really showed.</returns>
    /// <exception cref="ScenarioFailedException">An expectation does not hold, or a command is malformed.</exception>
    public static ScenarioFile PlayBroken(ScenarioFile scenario, IConsensusEngine engine)
    {
        var world = new ScenarioWorld(engine);
        world.Safety.Told = world.Say;
        var commands = new ScenarioCommands(world);
        var expectations = new ScenarioExpectations(world);
        var outputs = new List<IReadOnlyList<string>>();
        foreach (ScenarioStep step in scenario.Steps)
        {
            try
            {
                outputs.Add(Do(world, commands, expectations, step.Text));
            }
            catch (InvariantBrokenException broken)
            {
                outputs.Add(world.Said);
                return scenario.Until(outputs, $"Here it stops itself: {broken.Message}.");
            }
        }

        return scenario.With(outputs);
    }

    private static List<string> Do(
        ScenarioWorld world, ScenarioCommands commands, ScenarioExpectations expectations, string text)
    {
        if (ScenarioExpectations.IsOne(text))
        {
            expectations.Check(text);
            return [];
        }

        bool quietly = text.StartsWith(Quietly, StringComparison.Ordinal);
        return world.Gather(quietly, () => commands.Do(new CommandReader(quietly ? text[Quietly.Length..] : text)));
    }
}
