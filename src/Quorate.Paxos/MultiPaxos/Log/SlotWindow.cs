using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Slots in memory, in a ring: the place of a slot is its low bits. Unlike a prefix it may have holes, and a slot may be accepted anew under a
/// higher ballot. Holds a reference to each payload.
/// </summary>
internal sealed class SlotWindow(DeferredReleases releases)
{
    /// <summary>What a slot costs beside its payload; counted, so that a window of empty entries is bounded too.</summary>
    public const int OverheadBytes = 80;

    /// <summary>Slots that a window spans at most. A message that speaks of one further on is not taken.</summary>
    public const int SpanMax = 1 << 21;

    private Slot[] ring = new Slot[64];

    /// <summary>The first slot that may be held.</summary>
    public LogIndex First { get; private set; } = LogIndex.Zero.Next;

    /// <summary>The place after the last slot held; <see cref="First"/> when none is.</summary>
    public LogIndex End { get; private set; } = LogIndex.Zero.Next;

    /// <summary>Payload bytes and overhead held.</summary>
    public long Bytes { get; private set; }

    /// <summary>A slot held.</summary>
    public ref readonly Entry this[LogIndex slot] => ref At(slot).Entry;

    /// <summary>The write that took this slot's entry to disk.</summary>
    public WriteNumber WriteOf(LogIndex slot) => At(slot).Write;

    /// <summary>Whether something is held at <paramref name="slot"/>.</summary>
    public bool Holds(LogIndex slot) => slot >= First && slot < End && At(slot).Entry.Index == slot;

    /// <summary>Whether <paramref name="slot"/> lies where this window can grow to.</summary>
    public bool Reaches(LogIndex slot) => slot < First || slot - First < SpanMax;

    /// <summary>Puts an entry into its slot, in the place of what it held, and takes a reference to its payload.</summary>
    public void Set(in Entry entry, WriteNumber write)
    {
        Invariant.Check(entry.Index >= First && Reaches(entry.Index));
        while (entry.Index - First >= ring.Length)
            Grow();
        if (Holds(entry.Index))
            LetGo(entry.Index);
        entry.Payload.Retain();
        At(entry.Index) = new Slot(entry, write);
        End = LogIndex.Max(End, entry.Index.Next);
        Bytes += entry.Payload.Length + OverheadBytes;
    }

    /// <summary>Lets every slot before <paramref name="first"/> go.</summary>
    public void DropBefore(LogIndex first)
    {
        while (First < first && First < End)
        {
            if (Holds(First))
                LetGo(First);
            First = First.Next;
        }

        if (First < first)
            (First, End) = (first, first);
    }

    /// <summary>Holds nothing, from <paramref name="first"/> on.</summary>
    public void Reset(LogIndex first)
    {
        DropBefore(End);
        (First, End) = (first, first);
        Invariant.Check(Bytes == 0);
    }

    private ref Slot At(LogIndex slot) => ref ring[(int)slot.Value & (ring.Length - 1)];

    private void LetGo(LogIndex index)
    {
        ref Slot slot = ref At(index);
        Bytes -= slot.Entry.Payload.Length + OverheadBytes;
        releases.Add(slot.Entry.Payload);
        slot = default;
    }

    private void Grow()
    {
        var larger = new Slot[ring.Length * 2];
        for (LogIndex i = First; i < End; i = i.Next)
            larger[(int)i.Value & (larger.Length - 1)] = At(i);
        ring = larger;
    }

    private struct Slot(Entry entry, WriteNumber write)
    {
        public Entry Entry = entry;
        public WriteNumber Write = write;
    }
}
