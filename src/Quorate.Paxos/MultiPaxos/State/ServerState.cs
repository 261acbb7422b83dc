using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>What every member has, as part of <see cref="CoreState"/>.</summary>
internal static class ServerState
{
    /// <summary>Writes it.</summary>
    public static void Write(Server server, StateWriter state, StateWriter timing)
    {
        state.UInt64(server.Self.Value);
        state.UInt64(server.Instance.Value);
        state.Ballot(server.Promised);
        state.UInt64((ulong)server.Role);
        state.UInt64(server.Leader.Value);
        state.Bool(server.DiskHasRoom);
        state.UInt64(server.Checkpoint.Value);
        state.UInt64(server.Tickets.Last);

        (ulong s0, ulong s1, ulong s2, ulong s3) = server.Timer.Random.State;
        timing.UInt64(s0);
        timing.UInt64(s1);
        timing.UInt64(s2);
        timing.UInt64(s3);
        timing.Int64(server.Role == CoreRole.Leader ? 0 : server.Timer.Deadline - server.Now); // a leader sets it when it leaves
        timing.Int64(Math.Min(server.Now - server.LeaderHeard, server.Options.ElectionTicks)); // longer ago is as good
        timing.Int64(Math.Min(server.Now - server.PromisedAt, server.Options.ElectionTicks));
    }

    /// <summary>Reads it; time stays what the server has.</summary>
    public static void Read(Server server, ref StateReader state, ref StateReader timing)
    {
        NodeId self = state.Node();
        InstanceId instance = new(state.UInt64());
        server.Restore(self, instance, server.Now, state.Ballot());
        server.Role = (CoreRole)state.UInt64();
        server.Leader = state.Node();
        server.DiskHasRoom = state.Bool();
        server.Checkpoint = state.Index();
        server.Tickets.Restore(state.UInt64());

        server.Timer.Random.State = (timing.UInt64(), timing.UInt64(), timing.UInt64(), timing.UInt64());
        server.Timer.Restore(server.Now + timing.Int64());
        server.LeaderHeard = server.Now + -timing.Int64();
        server.PromisedAt = server.Now + -timing.Int64();
    }
}
