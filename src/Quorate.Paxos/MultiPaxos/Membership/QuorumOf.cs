using System.Numerics;
namespace Quorate.Paxos.MultiPaxos;

/// <summary>The quorums of one configuration, over sets of voters as <see cref="Roster"/> numbers them.</summary>
/// <param name="Voters">Who counts.</param>
/// <param name="Phase1">How many of them must promise.</param>
/// <param name="Phase2">How many of them must accept.</param>
internal readonly record struct QuorumOf(ulong Voters, int Phase1, int Phase2)
{
    /// <summary>Whether so many have promised that nothing decided under a lower ballot can be missed.</summary>
    public bool HasPhase1(ulong set) => BitOperations.PopCount(set & Voters) >= Phase1;

    /// <summary>Whether so many have accepted that it is decided.</summary>
    public bool HasPhase2(ulong set) => BitOperations.PopCount(set & Voters) >= Phase2;
}
