using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>A directory as the running system shows it, with the changes of its names that are not durable yet.</summary>
internal sealed class SimulatedDirectory
{
    private readonly SortedDictionary<string, object> names = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, object> durable = new(StringComparer.Ordinal);
    private readonly List<NameChange> unsynced = [];
    private long sequence;

    /// <summary>One change: a name set or removed; a rename does both at once, so a cut keeps both or neither.</summary>
    private readonly record struct NameChange(long Sequence, string Name, object? Value, string? Removed);

    /// <summary>The last change.</summary>
    public long Sequence => sequence;

    /// <summary>Names, in ordinal order.</summary>
    public IEnumerable<KeyValuePair<string, object>> Names => names;

    /// <summary>Names that a power cut could not take, in ordinal order.</summary>
    public IEnumerable<KeyValuePair<string, object>> DurableNames => durable;

    /// <summary>What bears that name: a <see cref="SimulatedFile"/>, a <see cref="SimulatedDirectory"/>, or null.</summary>
    public object? Find(string name) => names.GetValueOrDefault(name);

    /// <summary>Gives a name, or takes it with null.</summary>
    public void Set(string name, object? value) => Change(new NameChange(++sequence, name, value, null));

    /// <summary>Renames within the directory, at once.</summary>
    public void Rename(string from, string to) => Change(new NameChange(++sequence, to, names[from], from));

    /// <summary>Changes up to that one are durable.</summary>
    public void Synced(long upTo)
    {
        int count = 0;
        while (count < unsynced.Count && unsynced[count].Sequence <= upTo)
            Apply(durable, unsynced[count++]);
        unsynced.RemoveRange(0, count);
    }

    /// <summary>The power fails: which of the changes had been written is chance, their order is kept.</summary>
    public void Cut(Prng chance, CutStyle style)
    {
        foreach (NameChange change in unsynced)
        {
            bool kept = style switch
            {
                CutStyle.KeepAll => true,
                CutStyle.LoseAll => false,
                CutStyle.Subset or CutStyle.Torn => chance.Chance(1, 2),
            };
            if (kept)
                Apply(durable, change);
        }

        unsynced.Clear();
        names.Clear();
        foreach ((string name, object value) in durable)
            names.Add(name, value);
    }

    /// <summary>Damage: the name is gone, for now and ever, without a trace.</summary>
    public void LoseEntry(string name)
    {
        names.Remove(name);
        durable.Remove(name);
    }

    private void Change(in NameChange change)
    {
        unsynced.Add(change);
        Apply(names, change);
    }

    private static void Apply(SortedDictionary<string, object> to, in NameChange change)
    {
        if (change.Removed is not null)
            to.Remove(change.Removed);
        if (change.Value is null)
            to.Remove(change.Name);
        else
            to[change.Name] = change.Value;
    }
}
