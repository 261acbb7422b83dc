namespace Quorate.Torture;

/// <summary>Something that goes wrong for a while.</summary>
/// <param name="Name">For people.</param>
/// <param name="Begin">Makes it go wrong.</param>
/// <param name="End">Mends it; what was started need not be ready yet.</param>
internal sealed record Fault(string Name, Func<Task> Begin, Action End);
