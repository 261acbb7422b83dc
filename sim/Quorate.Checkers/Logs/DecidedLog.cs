namespace Quorate.Checkers;

/// <summary>What has been decided, by anybody, in order. An index that is decided again must be decided alike.</summary>
/// <param name="keepsEpoch">Raft: an entry keeps its term. Paxos may decide one value again under a higher ballot.</param>
public sealed class DecidedLog(bool keepsEpoch = true)
{
    private readonly List<(ulong Fingerprint, UInt128 Epoch, ulong Chain, ulong Term)> entries = [];

    /// <summary>The last decided entry.</summary>
    public ulong Last => (ulong)entries.Count;

    /// <summary>The chain of decided entries up to <paramref name="index"/>, which is decided, or 0.</summary>
    public ulong ChainAt(ulong index) => index == 0 ? 0 : entries[(int)index - 1].Chain;

    /// <summary>The hash of what is decided at <paramref name="index"/>.</summary>
    public ulong FingerprintAt(ulong index) => entries[(int)index - 1].Fingerprint;

    /// <summary>The epoch that whoever first decided <paramref name="index"/> held it under.</summary>
    public UInt128 EpochAt(ulong index) => entries[(int)index - 1].Epoch;

    /// <summary>A member says that <paramref name="record"/> is decided; its own term then was <paramref name="term"/>.</summary>
    /// <returns>Whether it is the first to say so.</returns>
    public bool Add(in LogRecord record, ulong term, ulong member)
    {
        if (record.Index <= Last)
        {
            (ulong fingerprint, UInt128 epoch, _, _) = entries[(int)record.Index - 1];
            if (fingerprint != record.Fingerprint || (keepsEpoch && epoch != record.Epoch))
                throw new CheckFailedException(
                    Promise.LeaderCompleteness, $"member {member} decides entry {record.Index} of epoch {record.Epoch}, unlike before (epoch {epoch})");
            return false;
        }

        if (record.Index != Last + 1)
            throw new CheckFailedException(Promise.LeaderCompleteness, $"member {member} decides entry {record.Index} after {Last}: a gap");
        ulong sofar = entries.Count == 0 ? 0 : entries[^1].Term;
        entries.Add((record.Fingerprint, record.Epoch, LogChain.Next(ChainAt(Last), record), Math.Max(term, sofar)));
        return true;
    }

    /// <summary>The last entry that was decided in a term below <paramref name="term"/>: leaders of that term hold it.</summary>
    public ulong LastBelowTerm(ulong term)
    {
        int low = 0;
        int high = entries.Count;
        while (low < high)
        {
            int middle = (low + high) >> 1;
            if (entries[middle].Term < term)
                low = middle + 1;
            else
                high = middle;
        }

        return (ulong)low;
    }
}
