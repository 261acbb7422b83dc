namespace Quorate.Consensus;

/// <summary>A consensus group within one process; one log on disk serves many.</summary>
/// <param name="Value">0 is the only group of a process that runs one.</param>
public readonly record struct GroupId(uint Value);
