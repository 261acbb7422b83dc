using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// What the leader knows of a peer. Match: every slot up to there was accepted under this leader's ballot, or is decided. Probe: nothing but
/// heartbeats until it says what it has, or has room again.
/// </summary>
internal sealed class Progress(CoreOptions options, NodeId id) : Peer(options, id, LogIndex.Zero.Next)
{
    /// <summary>The last heartbeat sent.</summary>
    public ulong Beat { get; set; }

    /// <summary>Up to here its disk says that slots are decided.</summary>
    public LogIndex DecidedOnDisk { get; set; }

    /// <summary>What was next when that heartbeat left: by its answer everything before has come, or is lost.</summary>
    public LogIndex BeatNext { get; set; }

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
        Next = next;
        BeatNext = Next; // heartbeats that left before say nothing of what follows
    }

    /// <inheritdoc/>
    public override void WriteState(StateWriter state, StateWriter timing, Tick now)
    {
        base.WriteState(state, timing, now);
        state.UInt64(Beat);
        state.UInt64(BeatNext.Value);
        state.UInt64(DecidedOnDisk.Value);
    }

    /// <inheritdoc/>
    public override void ReadState(ref StateReader state, ref StateReader timing, Tick now)
    {
        base.ReadState(ref state, ref timing, now);
        (Beat, BeatNext, DecidedOnDisk) = (state.UInt64(), state.Index(), state.Index());
    }
}
