namespace Quorate.Consensus;

/// <summary>
/// Linearizable reads without log writes (ReadIndex, Raft thesis §6.4). A read notes the commit index and waits until a quorum has
/// confirmed that no newer term or ballot is known, in answer to anything sent after the read arrived. Messages carry the number of
/// the newest round; reads that arrive before a round has left share it.
/// </summary>
internal sealed class ReadRounds(CoreOptions options, CoreOutput output, ILeaderView leader)
{
    /// <summary>Reads that wait at most; one may stand for many callers.</summary>
    public const int WaitingMax = 4096;

    /// <summary>Rounds of heartbeats on their way at most; further reads share the next.</summary>
    public const int InFlightMax = 4;

    private const int LeaseRounds = 64; // a power of two

    /// <summary>Ticks in an election timeout at least: five heartbeats of ten, on every member, whatever its heartbeats (<see cref="CoreOptions.ElectionTicks"/>).</summary>
    private const int ElectionTicksMin = 50;

    private readonly Queue<Waiting> waiting = new();
    private readonly Queue<ulong> inFlight = new();
    private readonly List<ulong> held = []; // reads that arrived before this term had a commit
    private readonly Tick[] begun = new Tick[LeaseRounds];
    private ulong broadcast; // the newest round that heartbeats have taken to everyone
    private bool carried; // something has left with the newest round
    private bool handedOver;

    /// <summary>The newest round; every AppendEntries and heartbeat carries it.</summary>
    public ulong Newest { get; private set; }

    /// <summary>The newest round that a quorum has confirmed.</summary>
    public ulong Confirmed { get; private set; }

    /// <summary>Whether an entry of the leader's own term or ballot is decided: before that its commit index may lag behind (thesis §6.4, 1).</summary>
    public bool TermCommitted { get; private set; }

    /// <summary>A new leader: no round, no read, no lease.</summary>
    public void Begin()
    {
        Invariant.Check(waiting.Count == 0 && held.Count == 0);
        (Newest, Confirmed, broadcast, TermCommitted, handedOver) = (0, 0, 0, false, false);
        inFlight.Clear();
        BeginRound();
    }

    /// <summary>A message has left with the newest round.</summary>
    public void Carried() => carried = true;

    /// <summary>Heartbeats take the newest round to everyone.</summary>
    public void Broadcast() => (broadcast, carried) = (Newest, true);

    /// <summary>A read arrives.</summary>
    /// <param name="id">Comes back with its outcome.</param>
    /// <param name="heartbeat">Set: heartbeats should leave now.</param>
    public Refusal Read(ulong id, out bool heartbeat)
    {
        heartbeat = false;
        if (waiting.Count + held.Count >= WaitingMax)
            return Refusal.TooManyRequests;
        if (!TermCommitted)
        {
            held.Add(id);
            return Refusal.None;
        }

        Confirm();
        if (HasLease)
            output.Reads.Add(new ReadOutcome(id, leader.Commit, Refusal.None));
        else
            heartbeat = Enqueue(id);
        return Refusal.None;
    }

    /// <summary>An entry of the leader's own term is committed: reads held until now may begin.</summary>
    /// <returns>Whether heartbeats should leave now.</returns>
    public bool FirstCommit()
    {
        TermCommitted = true;
        bool heartbeat = false;
        foreach (ulong id in held)
            heartbeat |= Enqueue(id);
        held.Clear();
        return heartbeat;
    }

    /// <summary>A peer has answered a message that carried <paramref name="round"/>.</summary>
    /// <param name="known">The newest round that the peer has confirmed, brought up to date.</param>
    /// <param name="round">From its answer.</param>
    /// <returns>Whether heartbeats should leave now, for reads that waited for a round to end.</returns>
    public bool Answered(ref ulong known, ulong round)
    {
        Invariant.Check(round <= Newest);
        if (round <= known)
            return false;
        known = round;
        if (waiting.Count == 0 && inFlight.Count == 0 && !options.LeaseReads)
            return false;
        return Recount();
    }

    /// <summary>Others count than before: rounds may have a quorum that lacked one, and nobody's answer may come that would show it.</summary>
    /// <returns>Whether heartbeats should leave now, for reads that waited for a round to end.</returns>
    public bool Recount()
    {
        Confirm();
        return waiting.Count > 0 && StartRound();
    }

    /// <summary>A heartbeat is due: a lease needs rounds also when nobody reads.</summary>
    public void OnHeartbeat()
    {
        if (options.LeaseReads && carried)
            BeginRound();
    }

    /// <summary>Leadership may go to another by this leader's own hand: votes no longer wait for its lease to end.</summary>
    public void HandedOver() => handedOver = true;

    /// <summary>Leadership is lost: reads end unserved.</summary>
    public void Fail()
    {
        foreach (Waiting read in waiting)
            output.Reads.Add(new ReadOutcome(read.Id, LogIndex.Zero, Refusal.NotLeader));
        foreach (ulong id in held)
            output.Reads.Add(new ReadOutcome(id, LogIndex.Zero, Refusal.NotLeader));
        waiting.Clear();
        held.Clear();
    }

    /// <summary>Ends every read whose round a quorum has confirmed.</summary>
    public void Confirm()
    {
        Confirmed = leader.RoundOfQuorum(Newest);
        while (inFlight.Count > 0 && inFlight.Peek() <= Confirmed)
            inFlight.Dequeue();
        while (waiting.Count > 0 && waiting.Peek().Round <= Confirmed)
        {
            Waiting read = waiting.Dequeue();

            // Others may have come to count since the read noted its index.
            output.Reads.Add(new ReadOutcome(read.Id, LogIndex.Max(read.Index, leader.BeforeQuorum), Refusal.None));
        }
    }

    /// <summary>Part of the canonical state.</summary>
    public void WriteState(StateWriter state, StateWriter timing)
    {
        state.UInt64(Newest);
        state.UInt64(Confirmed);
        state.UInt64(broadcast);
        state.Bool(carried);
        state.Bool(TermCommitted);
        state.Bool(handedOver);
        state.Int64(waiting.Count);
        foreach (Waiting read in waiting)
        {
            state.UInt64(read.Id);
            state.UInt64(read.Index.Value);
            state.UInt64(read.Round);
        }

        state.Int64(held.Count);
        foreach (ulong id in held)
            state.UInt64(id);
        state.Int64(inFlight.Count);
        foreach (ulong round in inFlight)
            state.UInt64(round);
        for (ulong round = Oldest; round <= Newest; round++)
            timing.Int64(Math.Min(leader.Now - begun[round & (LeaseRounds - 1)], options.ElectionTicks));
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state, ref StateReader timing)
    {
        (Newest, Confirmed, broadcast) = (state.UInt64(), state.UInt64(), state.UInt64());
        (carried, TermCommitted, handedOver) = (state.Bool(), state.Bool(), state.Bool());
        waiting.Clear();
        for (long count = state.Int64(); count > 0; count--)
            waiting.Enqueue(new Waiting(state.UInt64(), state.Index(), state.UInt64()));
        held.Clear();
        for (long count = state.Int64(); count > 0; count--)
            held.Add(state.UInt64());
        inFlight.Clear();
        for (long count = state.Int64(); count > 0; count--)
            inFlight.Enqueue(state.UInt64());
        for (ulong round = Oldest; round <= Newest; round++)
            begun[round & (LeaseRounds - 1)] = leader.Now + -timing.Int64();
    }

    // Rounds whose beginning is remembered; without leases nobody asks.
    private ulong Oldest => !options.LeaseReads ? Newest + 1 : Math.Max(Confirmed, Newest < LeaseRounds ? 1 : Newest - LeaseRounds + 1);

    /// <summary>
    /// Whether no other leader can have been elected (thesis §6.4.1; master leases in Paxos Made Live): since the last confirmed round
    /// began, followers ignore vote requests for an election timeout of their clocks, which may run faster than this one.
    /// </summary>
    private bool HasLease
    {
        get
        {
            if (!options.LeaseReads || !options.CheckQuorum || handedOver || Newest - Confirmed >= LeaseRounds || Confirmed == 0)
                return false;
            return leader.Now - begun[Confirmed & (LeaseRounds - 1)] < LeaseTicks(options);
        }
    }

    /// <summary>
    /// How long a lease lasts. A tick is a member's own: the timeout that all share is less than a tick shorter than this one's ticks, and a follower's
    /// clock, which counts from its last tick, cuts one of its ticks off.
    /// </summary>
    internal static long LeaseTicks(CoreOptions options) =>
        (options.ElectionTicks - 1) * (ElectionTicksMin - 1L) * (1000 - options.ClockDriftPerMille) / (ElectionTicksMin * 1000);

    private bool Enqueue(ulong id)
    {
        if (carried)
            BeginRound(); // what left before the read arrived confirms nothing for it
        waiting.Enqueue(new Waiting(id, leader.Commit, Newest));
        Confirm(); // alone, a leader is its own quorum
        return waiting.Count > 0 && StartRound();
    }

    private bool StartRound()
    {
        if (broadcast == Newest || inFlight.Count >= InFlightMax)
            return false; // on its way already, or to be shared by those that still come
        inFlight.Enqueue(Newest);
        return true;
    }

    private void BeginRound()
    {
        Newest++;
        begun[Newest & (LeaseRounds - 1)] = leader.Now;
        carried = false;
    }

    private readonly record struct Waiting(ulong Id, LogIndex Index, ulong Round);
}
