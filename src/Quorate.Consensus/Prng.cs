using System.Numerics;

namespace Quorate.Consensus;

/// <summary>
/// xoshiro256** (Blackman, Vigna 2018), seeded by splitmix64: the only source of chance in deterministic code. The same seed
/// gives the same stream on every machine and runtime.
/// </summary>
public sealed class Prng
{
    private ulong s0;
    private ulong s1;
    private ulong s2;
    private ulong s3;

    /// <summary>A stream of its own for each seed.</summary>
    public Prng(ulong seed)
    {
        s0 = SplitMix(ref seed);
        s1 = SplitMix(ref seed);
        s2 = SplitMix(ref seed);
        s3 = SplitMix(ref seed);
    }

    /// <summary>64 random bits.</summary>
    public ulong NextUInt64()
    {
        ulong result = BitOperations.RotateLeft(s1 * 5, 7) * 9;
        ulong t = s1 << 17;
        s2 ^= s0;
        s3 ^= s1;
        s1 ^= s2;
        s0 ^= s3;
        s2 ^= t;
        s3 = BitOperations.RotateLeft(s3, 45);
        return result;
    }

    /// <summary>A number from 0 to <paramref name="bound"/> - 1, each as likely as the others.</summary>
    public ulong Below(ulong bound)
    {
        Invariant.Check(bound > 0);
        // Lemire 2019: multiply and shift; the low half tells which draws would favour small numbers.
        UInt128 product = (UInt128)NextUInt64() * bound;
        if ((ulong)product < bound)
        {
            ulong unfair = (0 - bound) % bound;
            while ((ulong)product < unfair)
                product = (UInt128)NextUInt64() * bound;
        }

        return (ulong)(product >> 64);
    }

    /// <summary>A number from <paramref name="low"/> to <paramref name="high"/>, both included.</summary>
    public long Between(long low, long high)
    {
        Invariant.Check(low <= high);
        return low + (long)Below((ulong)(high - low) + 1);
    }

    /// <summary>True with probability <paramref name="numerator"/> / <paramref name="denominator"/>.</summary>
    public bool Chance(ulong numerator, ulong denominator) => Below(denominator) < numerator;

    /// <summary>The four words of state, to write a core's state canonically.</summary>
    public (ulong S0, ulong S1, ulong S2, ulong S3) State
    {
        get => (s0, s1, s2, s3);
        set => (s0, s1, s2, s3) = value;
    }

    private static ulong SplitMix(ref ulong state)
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
