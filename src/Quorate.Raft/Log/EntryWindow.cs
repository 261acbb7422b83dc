using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// The newest entries of the log, in memory, in a ring: the slot of an index is its low bits. Holds a reference to each payload.
/// Owner: <see cref="RaftLog"/>.
/// </summary>
internal sealed class EntryWindow(DeferredReleases releases)
{
    /// <summary>What an entry costs beside its payload; counted, so that a window of empty entries is bounded too.</summary>
    public const int OverheadBytes = 64;

    private Entry[] ring = new Entry[64];

    /// <summary>The first entry held; <see cref="End"/> when none is.</summary>
    public LogIndex First { get; private set; } = LogIndex.Zero.Next;

    /// <summary>The place after the last entry held, which is the log's last.</summary>
    public LogIndex End { get; private set; } = LogIndex.Zero.Next;

    /// <summary>Payload bytes and overhead held.</summary>
    public long Bytes { get; private set; }

    /// <summary>An entry held.</summary>
    public ref readonly Entry this[LogIndex index] => ref ring[(int)index.Value & (ring.Length - 1)];

    /// <summary>Whether <paramref name="index"/> is here.</summary>
    public bool Holds(LogIndex index) => index >= First && index < End;

    /// <summary>Appends an entry and takes a reference to its payload.</summary>
    public void Append(in Entry entry)
    {
        Invariant.Check(entry.Index == End);
        if (End - First == ring.Length)
            Grow();
        entry.Payload.Retain();
        ring[(int)End.Value & (ring.Length - 1)] = entry;
        End = End.Next;
        Bytes += entry.Payload.Length + OverheadBytes;
    }

    /// <summary>Lets the oldest entry go.</summary>
    public void DropFirst()
    {
        Invariant.Check(First < End);
        LetGo(First);
        First = First.Next;
    }

    /// <summary>Lets everything after <paramref name="last"/> go.</summary>
    public void TruncateAfter(LogIndex last)
    {
        if (last.Next < First)
        {
            Reset(last);
            return;
        }

        while (End > last.Next)
        {
            End = End.Previous;
            LetGo(End);
        }
    }

    /// <summary>Lets everything go; the next entry is the one after <paramref name="last"/>.</summary>
    public void Reset(LogIndex last)
    {
        while (First < End)
            DropFirst();
        First = last.Next;
        End = last.Next;
        Invariant.Check(Bytes == 0);
    }

    private void LetGo(LogIndex index)
    {
        ref Entry slot = ref ring[(int)index.Value & (ring.Length - 1)];
        Bytes -= slot.Payload.Length + OverheadBytes;
        releases.Add(slot.Payload);
        slot = default;
    }

    private void Grow()
    {
        var larger = new Entry[ring.Length * 2];
        for (LogIndex i = First; i < End; i = i.Next)
            larger[(int)i.Value & (larger.Length - 1)] = this[i];
        ring = larger;
    }
}
