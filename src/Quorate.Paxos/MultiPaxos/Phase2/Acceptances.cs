using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Who has accepted each slot that a leader has proposed and that is not decided: a set of voters for a slot, in a ring.</summary>
internal sealed class Acceptances
{
    private ulong[] ring = new ulong[64];

    /// <summary>The first slot, the one after the last decided.</summary>
    public LogIndex First { get; private set; } = LogIndex.Zero.Next;

    /// <summary>The place after the last slot proposed.</summary>
    public LogIndex End { get; private set; } = LogIndex.Zero.Next;

    /// <summary>Who has accepted <paramref name="slot"/>.</summary>
    public ulong this[LogIndex slot] => ring[(int)slot.Value & (ring.Length - 1)];

    /// <summary>Nothing is proposed; the first slot will be <paramref name="first"/>.</summary>
    public void Begin(LogIndex first) => (First, End) = (first, first);

    /// <summary>Slots up to <paramref name="last"/> are proposed; nobody has accepted them yet.</summary>
    public void Propose(LogIndex last)
    {
        while (last - First >= ring.Length)
            Grow();
        for (; End <= last; End = End.Next)
            At(End) = 0;
    }

    /// <summary>A voter has accepted the slots from <paramref name="first"/> to <paramref name="last"/>, as far as they are open.</summary>
    public void Add(LogIndex first, LogIndex last, ulong bit)
    {
        last = LogIndex.Min(last, End.Previous);
        for (LogIndex slot = LogIndex.Max(first, First); slot <= last; slot = slot.Next)
            At(slot) |= bit;
    }

    /// <summary>Sets what a slot holds; for the canonical state.</summary>
    public void Restore(LogIndex slot, ulong set) => At(slot) = set;

    /// <summary>Slots up to <paramref name="slot"/> are decided.</summary>
    public void Decided(LogIndex slot) => First = slot.Next;

    /// <summary>Bits that stand for nobody any more.</summary>
    public void Free(ulong bits)
    {
        for (LogIndex slot = First; slot < End; slot = slot.Next)
            At(slot) &= ~bits;
    }

    private ref ulong At(LogIndex slot) => ref ring[(int)slot.Value & (ring.Length - 1)];

    private void Grow()
    {
        ulong[] larger = new ulong[ring.Length * 2];
        for (LogIndex slot = First; slot < End; slot = slot.Next)
            larger[(int)slot.Value & (larger.Length - 1)] = At(slot);
        ring = larger;
    }
}
