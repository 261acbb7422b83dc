using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>What ails a link for a while: it strikes some of the frames. Chance of its own, so that what else ails the link draws the same without it.</summary>
internal sealed class Ailment(Prng chance)
{
    private int faults; // as many as have brought it on and last; the latest says how bad it is
    private int perMille;
    private long latenessMaxNanoseconds;

    /// <summary>Whether it ails the link now.</summary>
    public bool IsActive => faults > 0;

    /// <summary>A fault brings it on, or changes it.</summary>
    /// <param name="framesPerMille">Frames in a thousand that it strikes.</param>
    /// <param name="latestNanoseconds">How late those are, at most.</param>
    public void Begin(int framesPerMille, long latestNanoseconds = 0)
    {
        faults++;
        (perMille, latenessMaxNanoseconds) = (framesPerMille, latestNanoseconds);
    }

    /// <summary>A fault that brought it on ends.</summary>
    public void End()
    {
        Invariant.Check(faults > 0);
        faults--;
    }

    /// <summary>It ends, whatever brought it on.</summary>
    public void Heal() => faults = 0;

    /// <summary>Whether it strikes the next frame.</summary>
    public bool Strikes() => IsActive && chance.Chance((ulong)perMille, 1000);

    /// <summary>How late it makes the next frame.</summary>
    public long Lateness() => Strikes() ? chance.Between(0, latenessMaxNanoseconds) : 0;
}
