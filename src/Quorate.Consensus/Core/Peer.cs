namespace Quorate.Consensus;

/// <summary>How a leader sends to a peer.</summary>
internal enum SendingState : byte
{
    /// <summary>It is not known what the peer has: little or nothing is sent until it says.</summary>
    Probe,

    /// <summary>It is known: messages follow one another without waiting.</summary>
    Replicate,

    /// <summary>What the peer needs is gone from the log: a snapshot is on its way, nothing else is sent.</summary>
    Snapshot,
}

/// <summary>What a leader knows of one peer, in the one life of it that it speaks with.</summary>
internal abstract class Peer(CoreOptions options, NodeId id, LogIndex next)
{
    /// <summary>The newest read round that it has confirmed. A field: the read rounds raise it in place.</summary>
    public ulong Round;

    /// <summary>Who.</summary>
    public NodeId Id { get; } = id;

    /// <summary>Which life of it; open until it is first heard from.</summary>
    public InstanceId Instance { get; set; }

    /// <summary>How it is sent to.</summary>
    public SendingState State { get; private set; }

    /// <summary>Up to here its durable log is known to agree (Raft Figure 2: matchIndex). Never falls.</summary>
    public LogIndex Match { get; protected set; }

    /// <summary>The next entry to send it (Raft Figure 2: nextIndex).</summary>
    public LogIndex Next { get; protected set; } = next;

    /// <summary>The load of old entries it waits for; 0 = none.</summary>
    public ulong LoadTicket { get; set; }

    /// <summary>Snapshot: the log must keep what follows this entry, so that the peer can go on from there; zero = no need.</summary>
    public LogIndex KeepAfter { get; set; }

    /// <summary>The decided entry that it was last told of.</summary>
    public LogIndex CommitSent { get; set; }

    /// <summary>Whether its disk takes more entries, as it last said.</summary>
    public bool HasRoom { get; set; } = true;

    /// <summary>When it was last heard from.</summary>
    public Tick Heard { get; set; }

    /// <summary>Messages on their way.</summary>
    public Inflights Inflights { get; } = new(options);

    /// <summary>A message with entries up to <paramref name="last"/> leaves: the next one begins after it.</summary>
    public void Sent(LogIndex last, long bytes)
    {
        Invariant.Check(State == SendingState.Replicate && last >= Next);
        Next = last.Next;
        Inflights.Add(last, bytes);
    }

    /// <summary>The log before <see cref="Next"/> is gone; the snapshot is the one of <paramref name="checkpoint"/>.</summary>
    public void BecomeSnapshot(LogIndex checkpoint)
    {
        Enter(SendingState.Snapshot);
        KeepAfter = checkpoint;
    }

    /// <summary>Its part of the canonical state.</summary>
    public virtual void WriteState(StateWriter state, StateWriter timing, Tick now)
    {
        state.UInt64(Id.Value);
        state.UInt64(Instance.Value);
        state.UInt64((ulong)State);
        state.UInt64(Match.Value);
        state.UInt64(Next.Value);
        state.UInt64(LoadTicket);
        state.UInt64(KeepAfter.Value);
        state.UInt64(CommitSent.Value);
        state.UInt64(Round);
        state.Bool(HasRoom);
        timing.Int64(Math.Min(now - Heard, options.ElectionTicks)); // longer ago is as good
        state.Int64(Inflights.Count);
        for (int i = 0; i < Inflights.Count; i++)
        {
            state.UInt64(Inflights[i].Last.Value);
            state.Int64(Inflights[i].Bytes);
        }
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote, but for the id, with which a peer is made.</summary>
    public virtual void ReadState(ref StateReader state, ref StateReader timing, Tick now)
    {
        Instance = new InstanceId(state.UInt64());
        State = (SendingState)state.UInt64();
        (Match, Next) = (state.Index(), state.Index());
        LoadTicket = state.UInt64();
        (KeepAfter, CommitSent) = (state.Index(), state.Index());
        Round = state.UInt64();
        HasRoom = state.Bool();
        Heard = now + -timing.Int64();
        for (long count = state.Int64(); count > 0; count--)
            Inflights.Add(state.Index(), state.Int64());
    }

    /// <summary>Another way of sending: what was sent or waited for the old way does not count.</summary>
    protected virtual void Enter(SendingState state)
    {
        (State, LoadTicket) = (state, 0);
        Inflights.Clear();
    }
}
