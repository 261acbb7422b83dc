namespace Quorate.Checkers;

/// <summary>What is accepted in each slot after a base, with a hash of all of it that does not depend on the order of acceptance.</summary>
public sealed class SlotMap
{
    private readonly SortedDictionary<ulong, LogRecord> slots = [];

    /// <summary>Slots up to here are decided, and known by that alone.</summary>
    public ulong Base { get; private set; }

    /// <summary>The highest slot.</summary>
    public ulong Last { get; private set; }

    /// <summary>Equal for equal slots after equal bases.</summary>
    public ulong Hash { get; private set; }

    /// <summary>Slots accepted.</summary>
    public IEnumerable<LogRecord> Records => slots.Values;

    /// <summary>What is accepted in a slot.</summary>
    public bool TryGet(ulong slot, out LogRecord record) => slots.TryGetValue(slot, out record);

    /// <summary>A slot is accepted, in the place of what it held.</summary>
    public void Set(in LogRecord record)
    {
        if (record.Index <= Base)
            return;
        if (slots.TryGetValue(record.Index, out LogRecord before))
            Hash ^= Of(before);
        slots[record.Index] = record;
        Hash ^= Of(record);
        Last = Math.Max(Last, record.Index);
    }

    /// <summary>Slots up to <paramref name="index"/> are known decided.</summary>
    public void DropUpTo(ulong index)
    {
        for (ulong slot = Base + 1; slot <= Math.Min(index, Last); slot++)
        {
            if (!slots.TryGetValue(slot, out LogRecord gone))
                continue;
            slots.Remove(slot);
            Hash ^= Of(gone);
        }

        Base = Math.Max(Base, index);
        Last = Math.Max(Last, Base);
    }

    /// <summary>Becomes what <paramref name="other"/> is after <paramref name="from"/>.</summary>
    public void CopyFrom(SlotMap other, ulong from)
    {
        slots.Clear();
        (Hash, Base, Last) = (0, from, from);
        foreach (LogRecord record in other.slots.Values)
            Set(record);
    }

    private static ulong Of(in LogRecord record) => LogChain.Next(record.Index, record);
}
