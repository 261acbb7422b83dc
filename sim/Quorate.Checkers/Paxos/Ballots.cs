namespace Quorate.Checkers;

/// <summary>Ballots as checkers see them: a round in the high half, its proposer in the low.</summary>
public static class Ballots
{
    /// <summary>The round.</summary>
    public static ulong RoundOf(UInt128 ballot) => (ulong)(ballot >> 64);

    /// <summary>Who may propose in it.</summary>
    public static ulong ProposerOf(UInt128 ballot) => (ulong)ballot;

    /// <summary><c>round.proposer</c>.</summary>
    public static string Spell(UInt128 ballot) => $"{RoundOf(ballot)}.{ProposerOf(ballot):x}";
}
