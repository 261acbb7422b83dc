using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// What the leader knows of a peer. Match: every slot up to there was accepted under this leader's ballot, or is decided. Probe: nothing but
/// heartbeats until it says what it has, or has room again.
/// </summary>
internal sealed class Progress(CoreOptions options, NodeId id) : Peer(options, id, LogIndex.Zero.Next)
{
    private ulong beat; // the heartbeat whose answer is to tell what was lost; 0: none is on its way
    private LogIndex beatNext; // what was next when it left: by its answer everything before has come, or is lost; else of no meaning

    /// <summary>Up to here its disk says that slots are decided.</summary>
    public LogIndex DecidedOnDisk { get; set; }

    /// <summary>
    /// A heartbeat leaves. One at a time is remembered, until it is answered: while somebody reads, or over a slow link, several are on their way, and no
    /// answer would be to the last one.
    /// </summary>
    public void HeartbeatSent(ulong number)
    {
        if (beat == 0)
            (beat, beatNext) = (number, Next);
    }

    /// <summary>A heartbeat is answered: the one remembered or, should that one or its answer be lost, a later one.</summary>
    /// <param name="number">Which; 0: none.</param>
    /// <param name="next">The first slot that had not come by then.</param>
    /// <returns>Whether something that was sent before the one remembered is lost.</returns>
    public bool HeartbeatAnswered(ulong number, LogIndex next)
    {
        if (beat == 0 || number < beat)
            return false;
        beat = 0;
        return next < beatNext;
    }

    /// <summary>
    /// Every slot up to <paramref name="slot"/> is durable there. What is next may lie below <see cref="Peer.Match"/> all the same: a peer that was
    /// started again has it on its disk, and has forgotten that it is decided.
    /// </summary>
    public void Matched(LogIndex slot)
    {
        Match = LogIndex.Max(Match, slot);
        if (Next <= slot)
            (Next, LoadTicket) = (slot.Next, 0); // what it waited for is not needed any more
    }

    /// <summary>Waits for the peer to say what it has.</summary>
    public void BecomeProbe() => Enter(SendingState.Probe);

    /// <summary>Sends from <paramref name="next"/> on.</summary>
    public void BecomeReplicate(LogIndex next)
    {
        Enter(SendingState.Replicate);
        (Next, beat) = (next, 0); // heartbeats that left before say nothing of what follows
    }

    /// <inheritdoc/>
    public override void WriteState(StateWriter state, StateWriter timing, Tick now)
    {
        base.WriteState(state, timing, now);
        state.UInt64(beat);
        state.UInt64(beat == 0 ? 0 : beatNext.Value);
        state.UInt64(DecidedOnDisk.Value);
    }

    /// <inheritdoc/>
    public override void ReadState(ref StateReader state, ref StateReader timing, Tick now)
    {
        base.ReadState(ref state, ref timing, now);
        (beat, beatNext, DecidedOnDisk) = (state.UInt64(), state.Index(), state.Index());
    }
}
