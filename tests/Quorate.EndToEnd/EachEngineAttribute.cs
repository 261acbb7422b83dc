using System.Reflection;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

namespace Quorate.EndToEnd;

/// <summary>The consensus engines that members run on.</summary>
internal static class Engines
{
    private static readonly string? Chosen = Environment.GetEnvironmentVariable(ServerProcess.EngineVariable) is { Length: > 0 } named ? named : null;

    /// <summary>Those that a theory runs on: each, or the one that is named.</summary>
    public static IReadOnlyList<string> Wanted { get; } = Chosen is null ? ["raft", "multipaxos"] : [Chosen];
}

/// <summary>A theory over the engines, <see cref="Engines.Wanted"/>, for what an engine could break. The engine is the first argument.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
internal sealed class EachEngineAttribute(params object[] more) : DataAttribute
{
    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. Engines.Wanted.Select(engine => new TheoryDataRow([engine, .. more]))]);

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;
}
