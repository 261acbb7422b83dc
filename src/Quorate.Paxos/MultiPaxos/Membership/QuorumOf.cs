using System.Numerics;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>The quorums of one configuration, over sets of voters as <see cref="Roster"/> numbers them.</summary>
/// <param name="Voters">Who counts.</param>
/// <param name="Bound">Those of them whose instance the configuration names.</param>
/// <param name="Phase1">How many of them must promise.</param>
/// <param name="Phase2">How many of them must accept.</param>
internal readonly record struct QuorumOf(ulong Voters, ulong Bound, int Phase1, int Phase2)
{
    /// <summary>
    /// Whether so many have promised that nothing decided under a lower ballot can be missed. Where the configuration leaves an instance open, a
    /// disk wiped since cannot be told from the one that accepted before: such a promise counts only where every voter gives his.
    /// </summary>
    public bool HasPhase1(ulong set) => BitOperations.PopCount(set & Bound) >= Phase1 || (Voters & ~set) == 0;

    /// <summary>Whether so many have accepted that it is decided.</summary>
    public bool HasPhase2(ulong set) => BitOperations.PopCount(set & Voters) >= Phase2;
}
