namespace Quorate.Simulation.Scenarios;

/// <summary>A scenario could not be played to its end: a command is malformed, or what must hold does not.</summary>
/// <param name="message">Says where and why.</param>
public sealed class ScenarioFailedException(string message) : Exception(message);
