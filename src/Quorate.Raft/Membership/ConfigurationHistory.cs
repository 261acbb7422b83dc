using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// The configurations that the log holds. A configuration is in force from the moment its entry is appended, committed or not
/// (thesis §4.1), and out of force again when that entry is truncated. Owner: <see cref="RaftLog"/>.
/// </summary>
internal sealed class ConfigurationHistory(CoreOutput output)
{
    private readonly List<Held> held = [new(LogIndex.Zero, Configuration.Empty)];
    private LogIndex announced; // the newest configuration said to be committed

    /// <summary>The one in force.</summary>
    public Configuration Latest => held[^1].Configuration;

    /// <summary>The entry that carries it.</summary>
    public LogIndex LatestIndex => held[^1].Index;

    /// <summary>How many are held, the oldest one in force at the log's base; for the canonical state.</summary>
    public int Count => held.Count;

    /// <summary>The configuration number <paramref name="i"/> and the entry that carries it.</summary>
    public (LogIndex Index, Configuration Configuration) this[int i] => (held[i].Index, held[i].Configuration);

    /// <summary>Knows only what was in force at the base of the log.</summary>
    public void Reset(LogIndex index, Configuration configuration)
    {
        held.Clear();
        held.Add(new Held(index, configuration));
        announced = index;
    }

    /// <summary>Takes in what recovery or another core's state holds; says nothing.</summary>
    public void Restore(LogIndex index, Configuration configuration)
    {
        Invariant.Check(index > LatestIndex);
        held.Add(new Held(index, configuration));
    }

    /// <summary>An entry with a configuration was appended: it is in force at once.</summary>
    public void Appended(LogIndex index, Configuration configuration)
    {
        Restore(index, configuration);
        output.Configurations.Add(new ConfigurationInForce(index, configuration, Committed: false));
    }

    /// <summary>Takes over another core's state: what is committed was announced there.</summary>
    public void RestoreCommitted(LogIndex commit)
    {
        foreach (Held one in held)
            announced = one.Index <= commit ? one.Index : announced;
    }

    /// <summary>Says which one is in force.</summary>
    public void Announce(LogIndex commit) => output.Configurations.Add(InForce(commit));

    /// <summary>Which one is in force.</summary>
    public ConfigurationInForce InForce(LogIndex commit) => new(LatestIndex, Latest, LatestIndex <= commit);

    /// <summary>
    /// Whether an instance may stand: it votes in the configuration in force, or in one that a truncation would put in force again. Not in whose place another
    /// instance is: the two would share the votes given to their number, and both could win one term.
    /// </summary>
    public bool MayStand(NodeId id, InstanceId instance, LogIndex commit)
    {
        if (Latest.Find(id) is { Instance.IsOpen: false } named && named.Instance != instance)
            return false;
        for (int i = held.Count - 1; i >= 0; i--)
        {
            if (held[i].Configuration.IsVoter(id, instance))
                return true;
            if (held[i].Index <= commit)
                return false;
        }

        return false;
    }

    /// <summary>Entries after <paramref name="last"/> are void: so are the configurations among them.</summary>
    public void TruncatedAfter(LogIndex last, LogIndex commit)
    {
        if (LatestIndex <= last)
            return;
        TakeBack(last);
        Announce(commit);
    }

    /// <summary>As <see cref="TruncatedAfter"/>, without a word: recovery.</summary>
    public void TakeBack(LogIndex last)
    {
        while (LatestIndex > last)
        {
            held.RemoveAt(held.Count - 1);
            Invariant.Check(held.Count > 0); // the base's configuration is committed and stays
        }
    }

    /// <summary>Everything up to <paramref name="commit"/> is decided.</summary>
    public void CommittedUpTo(LogIndex commit)
    {
        if (LatestIndex == announced)
            return;
        foreach (Held one in held)
        {
            if (one.Index <= announced || one.Index > commit)
                continue;
            announced = one.Index;
            output.Configurations.Add(new ConfigurationInForce(one.Index, one.Configuration, Committed: true));
        }
    }

    /// <summary>The log begins after <paramref name="upTo"/>: of the older ones only the last can still be in force.</summary>
    public void DroppedUpTo(LogIndex upTo)
    {
        while (held.Count > 1 && held[1].Index <= upTo)
            held.RemoveAt(0);
    }

    private readonly record struct Held(LogIndex Index, Configuration Configuration);
}
