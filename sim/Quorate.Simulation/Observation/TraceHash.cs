using Quorate.Checkers;

namespace Quorate.Simulation;

/// <summary>A hash of all that happened in a run, in order: two runs of one seed must have the same.</summary>
public sealed class TraceHash
{
    /// <summary>So far.</summary>
    public ulong Value { get; private set; }

    /// <summary>Something happened.</summary>
    public void Add(ulong first, ulong second) => Value = Fingerprint.Mix(Fingerprint.Mix(Value, first), second);
}
