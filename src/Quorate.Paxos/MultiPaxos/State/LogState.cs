using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Slots, configurations, writes and what was handed out, as part of the canonical state.</summary>
internal static class LogState
{
    /// <summary>Writes it.</summary>
    public static void Write(Server server, StateWriter state)
    {
        SlotLog log = server.Log;
        state.UInt64(log.Base.Value);
        state.UInt64(log.Commit.Value);
        state.Ballot(log.CommitBallot);
        state.UInt64(log.Agreed.Value);
        state.UInt64(log.Durable.Value);
        state.UInt64(log.Installing.Slot.Value);
        state.UInt64(log.Installing.Write.Value - Math.Min(log.Installing.Write.Value, server.Writes.Durable.Value));
        state.Int64(log.BytesUnkept);
        SlotsState.Write(log.Window, server.Writes.Durable, state);

        ConfigurationTimeline timeline = log.Configurations;
        state.UInt64(timeline.Index.Value);
        state.Bytes(timeline.Current.ToBytes());
        state.Bytes(timeline.Pending is null ? [] : timeline.Pending.ToBytes());

        state.Int64(server.Writes.PendingCount);
        state.UInt64(server.Feed.HandedOut.Value);
        state.UInt64(server.Feed.Applied.Value);
        state.UInt64(server.Feed.Ticket);
    }

    /// <summary>Reads it.</summary>
    public static void Read(Server server, ref StateReader state, BlockPool pool)
    {
        SlotLog log = server.Log;
        log.Restore(
            state.Index(), state.Index(), state.Ballot(), state.Index(), state.Index(), (state.Index(), new WriteNumber(state.UInt64())),
            bytesUnkept: state.Int64(), window: state.Index());
        SlotsState.Read(log.Window, ref state, pool);

        LogIndex index = state.Index();
        Configuration current = Configuration.Read(state.Bytes());
        ReadOnlySpan<byte> pendingBytes = state.Bytes();
        log.Configurations.Restore(index, current, pendingBytes.IsEmpty ? null : Configuration.Read(pendingBytes));

        server.Writes.Restore(LogIndex.Zero);
        for (long pending = state.Int64(); pending > 0; pending--)
            server.Writes.RestorePending(LogIndex.Zero);
        server.Feed.Restore(state.Index(), state.Index(), state.UInt64());
    }
}
