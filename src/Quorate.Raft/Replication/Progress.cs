using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>What Raft's leader knows of a peer (Figure 2: nextIndex, matchIndex). Probe: one message, then wait for the answer.</summary>
internal sealed class Progress(CoreOptions options, NodeId id, LogIndex next) : Peer(options, id, next)
{
    /// <summary>Probe: the one message is on its way.</summary>
    public bool ProbeSent { get; set; }

    /// <summary>Probe: the last entry that the one message covered.</summary>
    public LogIndex ProbedTo { get; set; }

    /// <summary>It is in no configuration any more, and kept until that is committed, so that it learns of it.</summary>
    public bool Leaving { get; set; }

    /// <summary>The peer's log agrees up to <paramref name="index"/>.</summary>
    public void Matched(LogIndex index)
    {
        Match = LogIndex.Max(Match, index);
        if (Next <= Match)
            (Next, LoadTicket) = (Match.Next, 0); // what it waited for is not needed any more
        Inflights.ArrivedUpTo(Match);
        Invariant.Check(Next > Match);
    }

    /// <summary>Looks for where the logs agree, from <paramref name="next"/> on.</summary>
    public void BecomeProbe(LogIndex next)
    {
        Enter(SendingState.Probe);
        Next = LogIndex.Max(next, Match.Next);
    }

    /// <summary>The logs agree up to <see cref="Peer.Match"/>.</summary>
    public void BecomeReplicate()
    {
        Enter(SendingState.Replicate);
        Next = Match.Next;
    }

    /// <inheritdoc/>
    public override void WriteState(StateWriter state, StateWriter timing, Tick now)
    {
        base.WriteState(state, timing, now);
        state.Bool(ProbeSent);
        state.UInt64(State == SendingState.Probe ? ProbedTo.Value : 0);
        state.Bool(Leaving);
    }

    /// <inheritdoc/>
    public override void ReadState(ref StateReader state, ref StateReader timing, Tick now)
    {
        base.ReadState(ref state, ref timing, now);
        (ProbeSent, ProbedTo, Leaving) = (state.Bool(), state.Index(), state.Bool());
    }

    /// <inheritdoc/>
    protected override void Enter(SendingState state)
    {
        base.Enter(state);
        ProbeSent = false;
    }
}
