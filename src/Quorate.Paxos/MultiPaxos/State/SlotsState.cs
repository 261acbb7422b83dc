using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Slots in memory, as part of the canonical state.</summary>
internal static class SlotsState
{
    /// <summary>Writes those held; of each, how many writes after the last durable one took it to disk.</summary>
    public static void Write(SlotWindow window, WriteNumber durable, StateWriter state)
    {
        state.UInt64(window.First.Value);
        long count = 0;
        for (LogIndex slot = window.First; slot < window.End; slot = slot.Next)
            count += window.Holds(slot) ? 1 : 0;
        state.Int64(count);
        for (LogIndex slot = window.First; slot < window.End; slot = slot.Next)
        {
            if (!window.Holds(slot))
                continue;
            ref readonly Entry entry = ref window[slot];
            ulong write = window.WriteOf(slot).Value;
            state.UInt64(slot.Value);
            state.Ballot(Ballot.Of(entry.Epoch));
            state.UInt64((ulong)entry.Kind);
            state.UInt64(write - Math.Min(write, durable.Value));
            state.Bytes(entry.Payload.Span);
        }
    }

    /// <summary>Reads them into a window that is empty from its first slot on.</summary>
    public static void Read(SlotWindow window, ref StateReader state, BlockPool pool)
    {
        for (long count = state.Int64(); count > 0; count--)
        {
            LogIndex slot = state.Index();
            Ballot ballot = state.Ballot();
            var kind = (EntryKind)state.UInt64();
            var write = new WriteNumber(state.UInt64());
            Payload payload = Payload.Copy(pool, state.Bytes());
            window.Set(new Entry(slot, ballot.Epoch, kind, payload), write);
            payload.Release();
        }
    }
}
