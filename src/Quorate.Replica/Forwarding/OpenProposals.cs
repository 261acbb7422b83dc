using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>
/// The proposals of local callers that have not ended, by number: a ring from the oldest open one to the newest. Holds a reference to
/// each payload until its proposal ends. Owner: the loop.
/// </summary>
internal sealed class OpenProposals(int openMax)
{
    private Slot[] slots = new Slot[1024];
    private ulong oldest = 1;
    private ulong next = 1;
    private ulong firstWaiting = 1;

    /// <summary>Whether the ring spans all it may.</summary>
    public bool IsFull => next - oldest >= (ulong)openMax;

    /// <summary>Proposals that have not ended.</summary>
    public int Count { get; private set; }

    /// <summary>Proposals that wait to be sent.</summary>
    public int WaitingCount { get; private set; }

    /// <summary>Bytes of those.</summary>
    public long WaitingBytes { get; private set; }

    /// <summary>Bytes of those that were sent and have not ended.</summary>
    public long SentBytes { get; private set; }

    /// <summary>When the oldest open proposal must end.</summary>
    public Tick NextDeadline => oldest == next ? Tick.Never : Of(oldest).Deadline;

    /// <summary>Takes a proposal, and a reference to its payload.</summary>
    public void Add(in Proposal proposal, Tick deadline)
    {
        Invariant.Check(proposal.Number == next && !IsFull);
        if (next - oldest == (ulong)slots.Length)
            Grow();
        proposal.Payload.Retain();
        Of(next) = new Slot { Payload = proposal.Payload, Deadline = deadline, State = SlotState.Waiting };
        next++;
        Count++;
        Waits(proposal.Payload.Length);
    }

    /// <summary>Passes over a number whose proposal was refused at once.</summary>
    public void Skip(ulong number)
    {
        Invariant.Check(number == next);
        if (next - oldest == (ulong)slots.Length)
            Grow();
        Of(next) = default;
        next++;
        Advance();
    }

    /// <summary>
    /// Marks proposals that wait as sent under <paramref name="sequence"/>, oldest first, up to the bounds, and gives their payloads, borrowed. At
    /// least one, whatever its size.
    /// </summary>
    /// <returns>The first and the last number; those between that had ended are none of it.</returns>
    public (ulong First, ulong Last) Send(ulong sequence, int countMax, long bytesMax, List<Payload> into)
    {
        Invariant.Check(WaitingCount > 0);
        while (Of(firstWaiting).State != SlotState.Waiting)
            firstWaiting++;
        ulong first = firstWaiting;
        long bytes = 0;
        while (firstWaiting < next && into.Count < countMax)
        {
            ref Slot slot = ref Of(firstWaiting);
            if (slot.State == SlotState.Waiting)
            {
                bytes += slot.Payload.Length;
                if (bytes > bytesMax && into.Count > 0)
                    break;
                slot.State = SlotState.Sent;
                slot.Sequence = sequence;
                Waits(-slot.Payload.Length);
                SentBytes += slot.Payload.Length;
                into.Add(slot.Payload);
            }

            firstWaiting++;
        }

        return (first, firstWaiting - 1);
    }

    /// <summary>Whether proposal <paramref name="number"/> was sent under <paramref name="sequence"/> and has not ended.</summary>
    public bool IsSent(ulong number, ulong sequence) =>
        number >= oldest && number < next && Of(number) is { State: SlotState.Sent } slot && slot.Sequence == sequence;

    /// <summary>Makes a sent proposal wait again: its batch was refused for good.</summary>
    public void WaitAgain(ulong number)
    {
        ref Slot slot = ref Of(number);
        Invariant.Check(slot.State == SlotState.Sent);
        slot.State = SlotState.Waiting;
        SentBytes -= slot.Payload.Length;
        Waits(slot.Payload.Length);
        firstWaiting = Math.Min(firstWaiting, number);
    }

    /// <summary>The entry of a proposal is decided: it ends, answered by the state machine.</summary>
    /// <returns>The sequence under which it was sent; 0 when nobody waits for it any more.</returns>
    public ulong Decided(ulong number)
    {
        // A number of this start that was never given out would be another member's forgery.
        Invariant.Check(number < next);
        if (number < oldest || Of(number).State == SlotState.Ended)
            return 0;
        ref Slot slot = ref Of(number);

        // What waits was never sent, or was refused for good: it cannot have been decided (mutant: forward-twice).
        Invariant.Check(slot.State == SlotState.Sent);
        ulong sequence = slot.Sequence;
        End(ref slot);
        return sequence;
    }

    /// <summary>Ends an open proposal that gets no answer from the state machine.</summary>
    public void End(ulong number) => End(ref Of(number));

    /// <summary>The oldest proposal, when its time is over by <paramref name="now"/>.</summary>
    /// <returns>False when none is.</returns>
    public bool Expired(Tick now, out ulong number, out bool sent)
    {
        number = oldest;
        sent = oldest < next && Of(oldest).State == SlotState.Sent;
        return oldest < next && Of(oldest).Deadline <= now;
    }

    private ref Slot Of(ulong number) => ref slots[number & (ulong)(slots.Length - 1)];

    private void End(ref Slot slot)
    {
        Invariant.Check(slot.State != SlotState.Ended);
        if (slot.State == SlotState.Waiting)
            Waits(-slot.Payload.Length);
        else
            SentBytes -= slot.Payload.Length;
        slot.Payload.Release();
        slot = default;
        Count--;
        Advance();
    }

    private void Waits(int bytes)
    {
        WaitingBytes += bytes;
        WaitingCount += bytes > 0 ? 1 : -1;
    }

    private void Advance()
    {
        while (oldest < next && Of(oldest).State == SlotState.Ended)
            oldest++;
        firstWaiting = Math.Max(firstWaiting, oldest);
    }

    private void Grow()
    {
        var larger = new Slot[slots.Length * 2];
        for (ulong number = oldest; number < next; number++)
            larger[number & (ulong)(larger.Length - 1)] = Of(number);
        slots = larger;
    }

    private enum SlotState : byte
    {
        Ended,
        Waiting,
        Sent,
    }

    private struct Slot
    {
        public Payload Payload;
        public Tick Deadline;
        public ulong Sequence;
        public SlotState State;
    }
}
