namespace Quorate.Consensus;

/// <summary>What a checkpoint or a snapshot stands for.</summary>
/// <param name="Index">The last entry it holds the effect of.</param>
/// <param name="Epoch">That entry's epoch.</param>
/// <param name="Configuration">The configuration in force at that entry (a snapshot without it loses the membership).</param>
public sealed record SnapshotInfo(LogIndex Index, Epoch Epoch, Configuration Configuration)
{
    /// <summary>Before the first entry, under <paramref name="first"/>.</summary>
    public static SnapshotInfo Initial(Configuration first) => new(LogIndex.Zero, Epoch.Zero, first);
}
