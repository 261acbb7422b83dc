using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Platform;

namespace Quorate.Simulation;

/// <summary>Who draws chance.</summary>
public enum StreamKind : byte
{
    /// <summary>What the whole run looks like: sizes, options, mix of faults.</summary>
    Mix,

    /// <summary>A member's process: its core, its delays.</summary>
    Process,

    /// <summary>What a disk keeps and how long it takes.</summary>
    Disk,

    /// <summary>Instance ids and the like.</summary>
    Identity,

    /// <summary>A client.</summary>
    Client,

    /// <summary>A class of faults.</summary>
    Fault,

    /// <summary>A directed link.</summary>
    Link,

    /// <summary>The operator.</summary>
    Operator,

    /// <summary>Who looks at the disks.</summary>
    Look,

    /// <summary>Sizes of Paxos's quorums.</summary>
    Quorums,

    /// <summary>How soon a fresh member may stand.</summary>
    FirstElection,

    /// <summary>Timings and bounds of what is simulated.</summary>
    Tuning,

    /// <summary>Which cuts hold back what is sent meanwhile; by the time of the cut.</summary>
    Hold,

    /// <summary>What comes after the faults: who is healed first, what is asked at the end.</summary>
    Aftermath,

    /// <summary>What ails a directed link.</summary>
    Ailment,
}

/// <summary>
/// The streams of one seed. Each user has its own, so that switching one off leaves what the others draw as it was.
/// </summary>
/// <param name="seed">Decides everything.</param>
public readonly struct Streams(ulong seed)
{
    /// <summary>The stream of a user.</summary>
    public Prng Of(StreamKind kind, long number = 0) => new(SeedOf(kind, number));

    /// <summary>A seed for a user that makes its own stream.</summary>
    public ulong SeedOf(StreamKind kind, long number = 0) =>
        Fingerprint.Mix(Fingerprint.Mix(seed, (ulong)kind + 1), (ulong)number + 0x51ED270B);
}

/// <summary>Random bits out of a stream.</summary>
internal sealed class SeededBits(Prng chance) : IRandomBits
{
    public ulong Next() => chance.NextUInt64();
}

/// <summary>Spans of time, in nanoseconds.</summary>
internal static class Span
{
    public const long Microsecond = 1_000;
    public const long Millisecond = 1_000_000;
    public const long Second = 1_000_000_000;
}
