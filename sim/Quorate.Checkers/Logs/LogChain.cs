namespace Quorate.Checkers;

/// <summary>
/// A log without gaps, each entry bound to all before it by a chained hash: two logs agree up to an index if their chains do. Entries up to
/// the base are known by the base's chain alone.
/// </summary>
public sealed class LogChain
{
    private readonly List<(UInt128 Epoch, ulong Chain)> links = [];

    /// <summary>An empty log after <paramref name="index"/>.</summary>
    public LogChain(ulong index = 0, ulong chain = 0) => Rebase(index, chain);

    /// <summary>The last entry known only by its chain.</summary>
    public ulong Base { get; private set; }

    /// <summary>The last entry.</summary>
    public ulong Last => Base + (ulong)links.Count;

    /// <summary>The chain up to the last entry.</summary>
    public ulong LastChain => ChainAt(Last);

    private ulong BaseChain { get; set; }

    /// <summary>The chain up to <paramref name="index"/>, from <see cref="Base"/> to <see cref="Last"/>.</summary>
    public ulong ChainAt(ulong index) => index == Base ? BaseChain : links[(int)(index - Base - 1)].Chain;

    /// <summary>The epoch of an entry after <see cref="Base"/>.</summary>
    public UInt128 EpochAt(ulong index) => links[(int)(index - Base - 1)].Epoch;

    /// <summary>Whether the chain up to <paramref name="index"/> is known here.</summary>
    public bool Knows(ulong index) => index >= Base && index <= Last;

    /// <summary>Adds the entry after the last.</summary>
    public void Append(in LogRecord record)
    {
        if (record.Index != Last + 1)
            throw new CheckFailedException(Promise.LogMatching, $"entry {record.Index} is appended after {Last}");
        links.Add((record.Epoch, Next(LastChain, record)));
    }

    /// <summary>Makes every entry after <paramref name="index"/> void.</summary>
    public void TruncateAfter(ulong index)
    {
        if (index < Base)
            throw new CheckFailedException(Promise.LeaderCompleteness, $"truncated after {index}, below the snapshot at {Base}");
        if (index < Last)
            links.RemoveRange((int)(index - Base), (int)(Last - index));
    }

    /// <summary>A snapshot takes the log's place: what follows it stays if the log holds its last entry with the same chain.</summary>
    public void Install(ulong index, ulong chain)
    {
        if (Knows(index) && ChainAt(index) == chain)
            links.RemoveRange(0, (int)(index - Base));
        else
            links.Clear();
        Rebase(index, chain);
    }

    /// <summary>Becomes equal to <paramref name="other"/>.</summary>
    public void CopyFrom(LogChain other)
    {
        links.Clear();
        links.AddRange(other.links);
        Rebase(other.Base, other.BaseChain);
    }

    /// <summary>The chain one entry on.</summary>
    public static ulong Next(ulong chain, in LogRecord record) =>
        Fingerprint.Mix(Fingerprint.Mix(Fingerprint.Mix(chain, (ulong)record.Epoch), (ulong)(record.Epoch >> 64)), record.Fingerprint);

    private void Rebase(ulong index, ulong chain)
    {
        Base = index;
        BaseChain = chain;
    }
}
