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
        state.Int64(leader.Peers.All.Count);
        foreach (Progress peer in leader.Peers.All)
            WritePeer(server, peer, state, timing);
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
        leader.Peers.Clear();
        for (long count = state.Int64(); count > 0; count--)
            leader.Peers.All.Add(ReadPeer(server, ref state, ref timing));
    }

    private static void WritePeer(Server server, Progress peer, StateWriter state, StateWriter timing)
    {
        state.UInt64(peer.Id.Value);
        state.UInt64(peer.Instance.Value);
        state.UInt64((ulong)peer.State);
        state.UInt64(peer.Match.Value);
        state.UInt64(peer.Next.Value);
        state.Bool(peer.ProbeSent);
        state.UInt64(peer.State == ReplicationState.Probe ? peer.ProbedTo.Value : 0);
        state.UInt64(peer.LoadTicket);
        state.UInt64(peer.KeepAfter.Value);
        state.UInt64(peer.CommitSent.Value);
        state.UInt64(peer.Round);
        state.Bool(peer.Leaving);
        timing.Int64(Math.Min(server.Now - peer.Heard, server.Options.ElectionTicks));
        state.Int64(peer.Inflights.Count);
        for (int i = 0; i < peer.Inflights.Count; i++)
        {
            state.UInt64(peer.Inflights[i].Last.Value);
            state.Int64(peer.Inflights[i].Bytes);
        }
    }

    private static Progress ReadPeer(Server server, ref StateReader state, ref StateReader timing)
    {
        var peer = new Progress(server.Options, state.Node()) { Instance = new InstanceId(state.UInt64()) };
        peer.Restore((ReplicationState)state.UInt64(), state.Index(), state.Index());
        peer.ProbeSent = state.Bool();
        peer.ProbedTo = state.Index();
        peer.LoadTicket = state.UInt64();
        peer.KeepAfter = state.Index();
        peer.CommitSent = state.Index();
        peer.Round = state.UInt64();
        peer.Leaving = state.Bool();
        peer.Heard = server.Now + -timing.Int64();
        for (long count = state.Int64(); count > 0; count--)
            peer.Inflights.Add(state.Index(), state.Int64());
        return peer;
    }
}
