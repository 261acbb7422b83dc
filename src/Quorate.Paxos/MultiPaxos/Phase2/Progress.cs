using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>How a leader sends to a peer.</summary>
internal enum SendingState : byte
{
    /// <summary>It is not known what the peer has, or its disk is full: nothing but heartbeats until it says.</summary>
    Probe,

    /// <summary>Messages follow one another without waiting.</summary>
    Replicate,

    /// <summary>What the peer needs is gone from the log: a snapshot is on its way, nothing else is sent.</summary>
    Snapshot,
}

/// <summary>What a leader knows of one peer, in the one life of it that it speaks with.</summary>
internal sealed class Progress(CoreOptions options, NodeId id)
{
    /// <summary>The newest read round that it has confirmed.</summary>
    public ulong Round;

    /// <summary>Who.</summary>
    public NodeId Id { get; } = id;

    /// <summary>Which life of it; open until it is first heard from.</summary>
    public InstanceId Instance { get; set; }

    /// <summary>How it is sent to.</summary>
    public SendingState State { get; private set; }

    /// <summary>Every slot up to here is known durable there: accepted under this leader's ballot, or decided. Never falls.</summary>
    public LogIndex Match { get; private set; }

    /// <summary>The next slot to send.</summary>
    public LogIndex Next { get; private set; } = LogIndex.Zero.Next;

    /// <summary>The last heartbeat sent.</summary>
    public ulong Beat { get; set; }

    /// <summary>What was next when that heartbeat left: by its answer everything before has come, or is lost.</summary>
    public LogIndex BeatNext { get; set; }

    /// <summary>The load of old entries it waits for; 0 = none.</summary>
    public ulong LoadTicket { get; set; }

    /// <summary>Snapshot: the log must keep what follows this slot, so that the peer can go on from there; zero = no need.</summary>
    public LogIndex KeepAfter { get; set; }

    /// <summary>The decided slot that it was last told.</summary>
    public LogIndex DecidedSent { get; set; }

    /// <summary>When it was last heard from.</summary>
    public Tick Heard { get; set; }

    /// <summary>Messages on their way.</summary>
    public Inflights Inflights { get; } = new(options);

    /// <summary>Takes over another core's state.</summary>
    public void Restore(SendingState state, LogIndex match, LogIndex next) => (State, Match, Next) = (state, match, next);

    /// <summary>
    /// Every slot up to <paramref name="slot"/> is durable there. What is next may lie below <see cref="Match"/> all the same: a peer that was
    /// started again has it on its disk, and has forgotten that it is decided.
    /// </summary>
    public void Matched(LogIndex slot)
    {
        Match = LogIndex.Max(Match, slot);
        if (Next <= slot)
            (Next, LoadTicket) = (slot.Next, 0); // what it waited for is not needed any more
    }

    /// <summary>A message with slots up to <paramref name="last"/> leaves: the next one begins after it.</summary>
    public void Sent(LogIndex last, long bytes)
    {
        Invariant.Check(State == SendingState.Replicate && last >= Next);
        Next = last.Next;
        Inflights.Add(last, bytes);
    }

    /// <summary>Waits for the peer to say what it has.</summary>
    public void BecomeProbe() => Enter(SendingState.Probe);

    /// <summary>Sends from <paramref name="next"/> on.</summary>
    public void BecomeReplicate(LogIndex next)
    {
        Enter(SendingState.Replicate);
        Next = next;
        BeatNext = Next; // heartbeats that left before say nothing of what follows
    }

    /// <summary>The log before <see cref="Next"/> is gone.</summary>
    public void BecomeSnapshot(LogIndex checkpoint)
    {
        Enter(SendingState.Snapshot);
        KeepAfter = checkpoint;
    }

    private void Enter(SendingState state)
    {
        (State, LoadTicket) = (state, 0);
        Inflights.Clear();
    }
}
