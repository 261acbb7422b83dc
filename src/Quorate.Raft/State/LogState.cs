using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Log, configurations, writes and what was handed out, as part of the canonical state.</summary>
internal static class LogState
{
    /// <summary>Writes it.</summary>
    public static void Write(Server server, StateWriter state)
    {
        RaftLog log = server.Log;
        state.Position(log.Base);
        state.UInt64(log.Last.Index.Value);
        state.Int64(log.Terms.Count);
        for (int i = 0; i < log.Terms.Count; i++)
            state.Position(log.Terms[i]);

        state.UInt64(log.Window.First.Value);
        for (LogIndex i = log.Window.First; i < log.Window.End; i = i.Next)
        {
            state.UInt64((ulong)log.Window[i].Kind);
            state.Bytes(log.Window[i].Payload.Span);
        }

        state.UInt64(log.Commit.Value);
        state.Int64(log.Configurations.Count);
        for (int i = 0; i < log.Configurations.Count; i++)
        {
            state.UInt64(log.Configurations[i].Index.Value);
            state.Bytes(log.Configurations[i].Configuration.ToBytes());
        }

        state.UInt64(server.Writes.DurableIndex.Value);
        state.Int64(server.Writes.PendingCount);
        for (int i = 0; i < server.Writes.PendingCount; i++)
            state.UInt64(server.Writes.PendingAt(i).Value);

        state.UInt64(server.Feed.HandedOut.Value);
        state.UInt64(server.Feed.Applied.Value);
        state.UInt64(server.Feed.Ticket);
    }

    /// <summary>Reads it.</summary>
    public static void Read(Server server, ref StateReader state, BlockPool pool)
    {
        RaftLog log = server.Log;
        log.RestoreTerms(state.Position());
        LogIndex last = state.Index();
        var runs = new LogPosition[state.Int64()];
        for (int i = 0; i < runs.Length; i++)
            runs[i] = state.Position();
        log.RestoreRuns(runs, last, window: state.Index());
        for (LogIndex i = log.Window.First; i <= last; i = i.Next)
        {
            var kind = (EntryKind)state.UInt64();
            Payload payload = Payload.Copy(pool, state.Bytes());
            log.Window.Append(new Entry(i, log.TermAt(i).Epoch, kind, payload));
            payload.Release();
        }

        log.RestoreCommit(state.Index());
        long count = state.Int64();
        for (long i = 0; i < count; i++)
        {
            LogIndex index = state.Index();
            Configuration configuration = Configuration.Read(state.Bytes());
            if (i == 0)
                log.Configurations.Reset(index, configuration);
            else
                log.Configurations.Restore(index, configuration);
        }

        log.Configurations.RestoreCommitted(log.Commit);
        server.Writes.Restore(state.Index());
        for (long pending = state.Int64(); pending > 0; pending--)
            server.Writes.RestorePending(state.Index());
        server.Feed.Restore(state.Index(), state.Index(), state.UInt64());
    }
}
