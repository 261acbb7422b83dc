using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>How a leader sends to a peer.</summary>
internal enum ReplicationState : byte
{
    /// <summary>It is not known where the logs agree: one message, then wait for the answer.</summary>
    Probe,

    /// <summary>They agree: messages follow one another without waiting.</summary>
    Replicate,

    /// <summary>What the peer needs is gone from the log: a snapshot is on its way, nothing else is sent.</summary>
    Snapshot,
}

/// <summary>What a leader knows of one peer (Raft Figure 2: nextIndex, matchIndex), in the one life of it that it speaks with.</summary>
internal sealed class Progress(CoreOptions options, NodeId id)
{
    /// <summary>Who.</summary>
    public NodeId Id { get; } = id;

    /// <summary>Which life of it; open until it is first heard from.</summary>
    public InstanceId Instance { get; set; }

    /// <summary>How it is sent to.</summary>
    public ReplicationState State { get; private set; }

    /// <summary>matchIndex: up to here its durable log is known to agree. Never falls.</summary>
    public LogIndex Match { get; private set; }

    /// <summary>nextIndex: the next entry to send. Above <see cref="Match"/>.</summary>
    public LogIndex Next { get; private set; }

    /// <summary>Probe: the one message is on its way.</summary>
    public bool ProbeSent { get; set; }

    /// <summary>Probe: the last entry that the one message covered.</summary>
    public LogIndex ProbedTo { get; set; }

    /// <summary>The load of old entries it waits for; 0 = none.</summary>
    public ulong LoadTicket { get; set; }

    /// <summary>Snapshot: the log must keep what follows this entry, so that the peer can go on from there; zero = no need.</summary>
    public LogIndex KeepAfter { get; set; }

    /// <summary>The commit index that it was last told.</summary>
    public LogIndex CommitSent { get; set; }

    /// <summary>When it was last heard from.</summary>
    public Tick Heard { get; set; }

    /// <summary>The newest read round that it has confirmed.</summary>
    public ulong Round;

    /// <summary>It is in no configuration any more, and kept until that is committed, so that it learns of it.</summary>
    public bool Leaving { get; set; }

    /// <summary>Messages on their way.</summary>
    public Inflights Inflights { get; } = new(options);

    /// <summary>A new leader's view: nothing is known to agree, the logs may be the same (Figure 2: initialized to last log index + 1).</summary>
    public static Progress Begin(CoreOptions options, Member member, LogIndex last, Tick now) =>
        new(options, member.Id) { Instance = member.Instance, Next = last.Next, Heard = now };

    /// <summary>Takes over another core's state.</summary>
    public void Restore(ReplicationState state, LogIndex match, LogIndex next) => (State, Match, Next) = (state, match, next);

    /// <summary>The peer's log agrees up to <paramref name="index"/>.</summary>
    public void Matched(LogIndex index)
    {
        Match = LogIndex.Max(Match, index);
        if (Next <= Match)
            (Next, LoadTicket) = (Match.Next, 0); // what it waited for is not needed any more
        Inflights.ArrivedUpTo(Match);
        Invariant.Check(Next > Match);
    }

    /// <summary>A message with entries up to <paramref name="last"/> leaves: the next one begins after it.</summary>
    public void Sent(LogIndex last, long bytes)
    {
        Invariant.Check(State == ReplicationState.Replicate && last >= Next);
        Next = last.Next;
        Inflights.Add(last, bytes);
    }

    /// <summary>Looks for where the logs agree, from <paramref name="next"/> on.</summary>
    public void BecomeProbe(LogIndex next)
    {
        Enter(ReplicationState.Probe);
        Next = LogIndex.Max(next, Match.Next);
    }

    /// <summary>The logs agree up to <see cref="Match"/>.</summary>
    public void BecomeReplicate()
    {
        Enter(ReplicationState.Replicate);
        Next = Match.Next;
    }

    /// <summary>The log before <see cref="Next"/> is gone.</summary>
    public void BecomeSnapshot(LogIndex checkpoint)
    {
        Enter(ReplicationState.Snapshot);
        KeepAfter = checkpoint;
    }

    private void Enter(ReplicationState state)
    {
        (State, ProbeSent, LoadTicket) = (state, false, 0);
        Inflights.Clear();
    }
}
