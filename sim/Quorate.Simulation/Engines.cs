using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;

namespace Quorate.Simulation;

/// <summary>The protocols that can be simulated.</summary>
public static class Engines
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["raft", "multipaxos"];

    /// <summary>The engine of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static IConsensusEngine Of(string name) => name switch
    {
        "raft" => new RaftEngine(),
        "multipaxos" => new MultiPaxosEngine(),
        _ => throw new ArgumentException($"no engine '{name}'", nameof(name)),
    };
}
