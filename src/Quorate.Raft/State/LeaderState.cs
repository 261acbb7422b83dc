using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>What leaders have (Figure 2: nextIndex[], matchIndex[] and more), as part of <see cref="CoreState"/>.</summary>
internal static class LeaderState
{
    /// <summary>Writes it.</summary>
    public static void Write(Server server, Leader leader, StateWriter state, StateWriter timing)
    {
        state.UInt64(leader.TermStart.Value);
        state.Int64(leader.UndecidedBytes);
        timing.Int64(leader.HeartbeatDue - server.Now);
        timing.Int64(Math.Max(0, leader.QuorumVerdictFrom - server.Now));
        state.UInt64(leader.Transfer.Target.Value);
        timing.Int64(leader.Transfer.Pending ? leader.Transfer.Deadline - server.Now : 0);
        state.Bool(leader.Changes.Requested);
        state.UInt64(leader.Changes.Requested ? leader.Changes.RequestId : 0);
        leader.Reads.WriteState(state, timing);
        leader.Peers.WriteState(state, timing);
    }

    /// <summary>Reads it.</summary>
    public static void Read(Server server, Leader leader, ref StateReader state, ref StateReader timing)
    {
        leader.Restore(state.Index(), server.Now + timing.Int64(), server.Now + timing.Int64(), state.Int64());
        NodeId target = state.Node();
        long deadline = timing.Int64();
        leader.Transfer.Restore(target, target.IsNone ? Tick.Never : server.Now + deadline);
        leader.Changes.Restore(state.Bool(), state.UInt64());
        leader.Reads.ReadState(ref state, ref timing);
        leader.Peers.ReadState(ref state, ref timing);
    }
}
