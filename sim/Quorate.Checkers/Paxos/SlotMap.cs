using System.Runtime.InteropServices;

namespace Quorate.Checkers;

/// <summary>What is accepted in each slot after a base, with a hash of all of it that does not depend on the order of acceptance.</summary>
public sealed class SlotMap
{
    private readonly List<LogRecord> slots = []; // of the slots after the base, each in its place; one whose index is 0 is empty

    /// <summary>Slots up to here are decided, and known by that alone.</summary>
    public ulong Base { get; private set; }

    /// <summary>The highest slot.</summary>
    public ulong Last => Base + (ulong)slots.Count;

    /// <summary>Equal for equal slots after equal bases.</summary>
    public ulong Hash { get; private set; }

    /// <summary>Slots accepted, in order.</summary>
    public IEnumerable<LogRecord> Records => slots.Where(static record => record.Index > 0);

    /// <summary>What is accepted in a slot.</summary>
    public bool TryGet(ulong slot, out LogRecord record)
    {
        record = slot > Base && slot <= Last ? slots[(int)(slot - Base - 1)] : default;
        return record.Index > 0;
    }

    /// <summary>A slot is accepted, in the place of what it held.</summary>
    public void Set(in LogRecord record)
    {
        if (record.Index <= Base)
            return;
        while (record.Index > Last)
            slots.Add(default); // the places in between are empty
        ref LogRecord place = ref CollectionsMarshal.AsSpan(slots)[(int)(record.Index - Base - 1)];
        Forget(place);
        place = record;
        Hash ^= Of(record);
    }

    /// <summary>Slots up to <paramref name="index"/> are known decided.</summary>
    public void DropUpTo(ulong index)
    {
        if (index <= Base)
            return;
        int gone = (int)Math.Min(index - Base, (ulong)slots.Count);
        foreach (ref readonly LogRecord record in CollectionsMarshal.AsSpan(slots)[..gone])
            Forget(record);
        slots.RemoveRange(0, gone);
        Base = index;
    }

    /// <summary>Becomes what <paramref name="other"/> is after <paramref name="from"/>.</summary>
    public void CopyFrom(SlotMap other, ulong from)
    {
        slots.Clear();
        (Hash, Base) = (0, from);
        foreach (ref readonly LogRecord record in CollectionsMarshal.AsSpan(other.slots))
        {
            if (record.Index > 0)
                Set(record);
        }
    }

    private void Forget(in LogRecord record)
    {
        if (record.Index > 0)
            Hash ^= Of(record);
    }

    private static ulong Of(in LogRecord record) => LogChain.Next(record.Index, record);
}
