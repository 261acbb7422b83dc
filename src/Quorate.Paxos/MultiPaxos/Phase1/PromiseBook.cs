using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// The proposer's side of phase 1, for every slot that it does not know decided: who has promised its ballot, and the value of the highest
/// ballot accepted in each slot. Goes on while it leads: voters of a configuration that comes are asked when it is known.
/// </summary>
internal sealed class PromiseBook
{
    private readonly Server server;
    private readonly SlotWindow found;
    // Up to this slot, without a gap from the first that is not proposed, the seat's promises have told what they name; zero: not asked. A piece that begins
    // after it leaves a gap.
    private readonly LogIndex[] asked = new LogIndex[Roster.SeatsMax];
    private readonly LogIndex[] decided = new LogIndex[Roster.SeatsMax];

    /// <summary>An empty book.</summary>
    public PromiseBook(Server server)
    {
        this.server = server;
        found = new SlotWindow(server.Releases);
    }

    /// <summary>Voters that have promised and told all that they had accepted.</summary>
    public ulong Promised { get; private set; }

    /// <summary>Voters that have refused.</summary>
    public ulong Refused { get; private set; }

    /// <summary>The ballot whose leader asked for this phase 1, so that it keeps no voter from answering; zero: none did.</summary>
    public Ballot HandedOver { get; private set; }

    /// <summary>The values found.</summary>
    public SlotWindow Found => found;

    /// <summary>Begins anew, for the slots after those known decided.</summary>
    public void Begin()
    {
        found.Reset(server.Log.Commit.Next);
        Array.Clear(asked);
        Array.Clear(decided);
        (Promised, Refused, HandedOver) = (0, 0, Ballot.Zero);
    }

    /// <summary>Gives the values found back.</summary>
    public void Clear() => found.Reset(found.First);

    /// <summary>Bits that stand for nobody any more.</summary>
    public void Free(ulong bits)
    {
        Promised &= ~bits;
        Refused &= ~bits;
        for (int seat = 0; seat < asked.Length; seat++)
        {
            if ((bits >> seat & 1) != 0)
                (asked[seat], decided[seat]) = (LogIndex.Zero, LogIndex.Zero);
        }
    }

    /// <summary>
    /// Phase 1a: asks every voter that has not promised, about the slots from <paramref name="from"/> on, the first that is not proposed; who has told of
    /// more, from where that ends.
    /// </summary>
    public void Ask(LogIndex from, Ballot handedOver, WriteNumber after)
    {
        HandedOver = handedOver;
        for (int seat = 0; seat < server.Roster.Count; seat++)
        {
            (NodeId id, InstanceId instance) = server.Roster[seat];
            if (id.IsNone || (Promised >> seat & 1) != 0 || (id == server.Self && (instance.IsOpen || instance == server.Instance)))
                continue;
            asked[seat] = LogIndex.Max(asked[seat], from);
            server.Outbox.Send(id, new Prepare(server.Promised, asked[seat], handedOver), after);
        }
    }

    /// <summary>This member's own promise is durable: what it has accepted counts like any other's.</summary>
    public void AddOwn()
    {
        ulong self = server.Roster.Self;
        if ((Promised & self) == self)
            return;
        SlotWindow window = server.Log.Window;
        for (LogIndex slot = LogIndex.Max(window.First, found.First); slot < window.End; slot = slot.Next)
        {
            if (window.Holds(slot))
                Add(window[slot]);
        }

        Promised |= self;
    }

    /// <summary>A promise, or a piece of one.</summary>
    /// <returns>Whether it is whole now.</returns>
    public bool Add(NodeId from, InstanceId instance, in Promise promise)
    {
        ulong bit = server.Roster.BitOf(from, instance);
        if (bit == 0 || (Promised & bit) != 0)
            return false; // of no voter, or told before
        int seat = System.Numerics.BitOperations.TrailingZeroCount(bit);
        if (asked[seat] == LogIndex.Zero || promise.From > asked[seat])
            return false; // not asked, or a piece before it is missing
        if (!promise.Accepted.IsEmpty && !found.Reaches(promise.Accepted[^1].Index))
            return false; // further on than can be held: what is not held would be proposed over, so this member must not lead before it knows more
        foreach (ref readonly Entry accepted in promise.Accepted)
            Add(accepted);
        decided[seat] = LogIndex.Max(decided[seat], promise.Decided);
        if (promise.Rest == PromiseRest.Nothing)
        {
            Promised |= bit;
            return true;
        }

        if (promise.Next <= asked[seat])
            return false; // told before, or not asked about any more
        asked[seat] = promise.Next;
        if (promise.Rest == PromiseRest.OnRequest)
            server.Outbox.Send(from, new Prepare(server.Promised, promise.Next, HandedOver), WriteNumber.None);
        return false;
    }

    /// <summary>A voter refuses.</summary>
    public void Refuse(NodeId from, InstanceId instance) => Refused |= server.Roster.BitOf(from, instance);

    /// <summary>Whether a voter has promised, and told all that it had accepted.</summary>
    public bool HasPromised(NodeId id, InstanceId instance) => (server.Roster.BitOf(id, instance) & Promised) != 0;

    /// <summary>Up to where a member that has promised knows slots decided; zero: it has not promised.</summary>
    public LogIndex DecidedAt(NodeId id, InstanceId instance)
    {
        ulong bit = server.Roster.BitOf(id, instance) & Promised;
        return bit == 0 ? LogIndex.Zero : decided[System.Numerics.BitOperations.TrailingZeroCount(bit)];
    }

    /// <summary>Slots up to <paramref name="last"/> are proposed: what was found there has done its work.</summary>
    public void ProposedUpTo(LogIndex last) => found.DropBefore(last.Next);

    /// <summary>Takes over another core's state; the values follow.</summary>
    public void Restore(ulong promised, ulong refused, Ballot handedOver, LogIndex first)
    {
        (Promised, Refused, HandedOver) = (promised, refused, handedOver);
        found.Reset(first);
    }

    /// <summary>From where on a seat is asked next, and what it said is decided; for the canonical state.</summary>
    public ref LogIndex AskedFrom(int seat) => ref asked[seat];

    /// <summary>See <see cref="AskedFrom"/>.</summary>
    public ref LogIndex DecidedOf(int seat) => ref decided[seat];

    // Paxos P2c: of what a quorum has accepted in a slot, the value of the highest ballot is the only one that may be proposed.
    private void Add(in Entry accepted)
    {
        if (accepted.Index < found.First)
            return; // proposed already
        Invariant.Check(accepted.Epoch < server.Promised.Epoch); // nobody else proposes in this ballot
        if (!found.Holds(accepted.Index) || found[accepted.Index].Epoch < accepted.Epoch)
            found.Set(accepted, WriteNumber.None);
    }
}
