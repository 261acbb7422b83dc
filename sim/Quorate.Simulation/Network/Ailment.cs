using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>What ails a link for a while: it strikes some of the frames. Chance of its own, so that what else ails the link draws the same without it.</summary>
internal sealed class Ailment(Prng chance)
{
    private int perMille;
    private long latenessMaxNanoseconds;

    /// <summary>Whether it ails the link now.</summary>
    public bool IsActive => perMille > 0;

    /// <summary>It begins, or changes.</summary>
    /// <param name="framesPerMille">Frames in a thousand that it strikes.</param>
    /// <param name="latestNanoseconds">How late those are, at most.</param>
    public void Begin(int framesPerMille, long latestNanoseconds = 0) => (perMille, latenessMaxNanoseconds) = (framesPerMille, latestNanoseconds);

    /// <summary>It ends.</summary>
    public void End() => Begin(0);

    /// <summary>Whether it strikes the next frame.</summary>
    public bool Strikes() => IsActive && chance.Chance((ulong)perMille, 1000);

    /// <summary>How late it makes the next frame.</summary>
    public long Lateness() => Strikes() ? chance.Between(0, latenessMaxNanoseconds) : 0;
}
