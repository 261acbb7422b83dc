using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>What leaders have, as part of <see cref="CoreState"/>.</summary>
internal static class LeaderState
{
    /// <summary>Writes it.</summary>
    public static void Write(Server server, Leader leader, StateWriter state, StateWriter timing)
    {
        state.UInt64(leader.OwnNext.Value);
        timing.Int64(leader.HeartbeatDue - server.Now);
        timing.Int64(Math.Max(0, leader.QuorumVerdictFrom - server.Now));
        state.UInt64(leader.Replicator.Beat);
        state.UInt64(leader.Transfer.Target.Value);
        timing.Int64(leader.Transfer.Pending ? leader.Transfer.Deadline - server.Now : 0);
        state.Bool(leader.Changes.Requested);
        state.UInt64(leader.Changes.Requested ? leader.Changes.RequestId : 0);
        leader.Reads.WriteState(state, timing);
        WriteProposals(leader, state);
        leader.Peers.WriteState(state, timing);
    }

    /// <summary>Reads it.</summary>
    public static void Read(Server server, Leader leader, ref StateReader state, ref StateReader timing, BlockPool pool)
    {
        leader.Restore(state.Index(), server.Now + timing.Int64(), server.Now + timing.Int64());
        leader.Replicator.Begin(state.UInt64());
        NodeId target = state.Node();
        long deadline = timing.Int64();
        leader.Transfer.Restore(target, target.IsNone ? Tick.Never : server.Now + deadline);
        leader.Changes.Restore(state.Bool(), state.UInt64());
        leader.Reads.ReadState(ref state, ref timing);
        ReadProposals(server, leader, ref state, pool);
        leader.Peers.ReadState(ref state, ref timing);
    }

    private static void WriteProposals(Leader leader, StateWriter state)
    {
        Proposer proposer = leader.Proposer;
        state.UInt64(proposer.OwnNoOp.Value);
        state.UInt64(proposer.ConfigurationAt.Value);
        state.Int64(proposer.UndecidedBytes);
        state.Bytes(proposer.NextConfiguration is null ? [] : proposer.NextConfiguration.ToBytes());
        state.Int64(proposer.Waiting.Count);
        foreach (Payload command in proposer.Waiting)
            state.Bytes(command.Span);
        for (LogIndex slot = leader.Acceptances.First; slot < leader.Acceptances.End; slot = slot.Next)
            state.UInt64(leader.Acceptances[slot]);
    }

    private static void ReadProposals(Server server, Leader leader, ref StateReader state, BlockPool pool)
    {
        LogIndex ownNoOp = state.Index();
        LogIndex configurationAt = state.Index();
        long undecided = state.Int64();
        ReadOnlySpan<byte> next = state.Bytes();
        leader.Proposer.Restore(ownNoOp, configurationAt, undecided, next.IsEmpty ? null : Configuration.Read(next));
        for (long count = state.Int64(); count > 0; count--)
            leader.Proposer.Waiting.Enqueue(Payload.Copy(pool, state.Bytes()));
        leader.Acceptances.Begin(server.Log.Commit.Next);
        leader.Acceptances.Propose(server.Log.Agreed);
        for (LogIndex slot = leader.Acceptances.First; slot < leader.Acceptances.End; slot = slot.Next)
            leader.Acceptances.Restore(slot, state.UInt64());
    }
}
