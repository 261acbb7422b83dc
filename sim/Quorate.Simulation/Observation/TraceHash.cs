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

/// <summary>What happened, for people: kept only when a run is replayed to be looked at.</summary>
public sealed class Recorder
{
    private readonly List<(long At, ulong Member, string Text)> lines = [];

    /// <summary>Something happened at, or to, a member; 0 = to nobody in particular.</summary>
    public void Note(long atNanoseconds, ulong member, string text) => lines.Add((atNanoseconds, member, text));

    /// <summary>All that was noted, in order.</summary>
    public IReadOnlyList<(long At, ulong Member, string Text)> Lines => lines;
}
