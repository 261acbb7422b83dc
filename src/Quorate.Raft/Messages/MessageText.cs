namespace Quorate.Raft;

/// <summary>Messages in words, the paper's where it has them. Traces and golden scenarios are written in them: they stay as they are.</summary>
internal static class MessageText
{
    private const string NoMessage = "no message";

    /// <summary>The words for a header.</summary>
    public static string Of(ReadOnlySpan<byte> header)
    {
        if (header.IsEmpty || header[0] is < (byte)MessageKind.PreVote or > (byte)MessageKind.SnapshotInstalled)
            return NoMessage;
        return (MessageKind)header[0] switch
        {
            MessageKind.PreVote => PreVoteCodec.TryRead(header, out PreVote m) ? $"PreVote term={m.Term} last={m.Last}" : NoMessage,
            MessageKind.PreVoteReply => PreVoteReplyCodec.TryRead(header, out PreVoteReply m)
                ? $"PreVoteReply term={m.Term} {Granted(m.Granted)}" : NoMessage,
            MessageKind.RequestVote => RequestVoteCodec.TryRead(header, out RequestVote m)
                ? $"RequestVote term={m.Term} last={m.Last}{(m.Transfer ? " transfer" : "")}" : NoMessage,
            MessageKind.VoteReply => VoteReplyCodec.TryRead(header, out VoteReply m)
                ? $"VoteReply term={m.Term} {Granted(m.Granted)}" : NoMessage,
            MessageKind.AppendEntries => AppendEntries(header),
            MessageKind.AppendReply => AppendReplyCodec.TryRead(header, out AppendReply m) ? Reply(m) : NoMessage,
            MessageKind.Heartbeat => HeartbeatCodec.TryRead(header, out Heartbeat m)
                ? $"Heartbeat term={m.Term} commit={m.Commit} round={m.Round}" : NoMessage,
            MessageKind.HeartbeatReply => HeartbeatReplyCodec.TryRead(header, out HeartbeatReply m)
                ? $"HeartbeatReply term={m.Term} round={m.Round}{(m.HasRoom ? "" : " full")}" : NoMessage,
            MessageKind.CommitNotice => CommitNoticeCodec.TryRead(header, out CommitNotice m)
                ? $"CommitNotice term={m.Term} commit={m.Commit}" : NoMessage,
            MessageKind.TimeoutNow => TimeoutNowCodec.TryRead(header, out TimeoutNow m) ? $"TimeoutNow term={m.Term}" : NoMessage,
            MessageKind.SnapshotInstalled => SnapshotInstalledCodec.TryRead(header, out SnapshotInstalled m)
                ? $"SnapshotInstalled term={m.Term} snapshot={m.Snapshot}" : NoMessage,
        };
    }

    private static string AppendEntries(ReadOnlySpan<byte> header)
    {
        if (!AppendEntriesCodec.TryReadHeader(header, out AppendEntries m, out int count, out _))
            return NoMessage;
        return $"AppendEntries term={m.Term} prev={m.Previous} entries={count} commit={m.Commit} round={m.Round}";
    }

    private static string Reply(in AppendReply m) => m.Success
        ? $"AppendReply term={m.Term} match={m.Index} round={m.Round}"
        : $"AppendReply term={m.Term} refused={m.Index} hint={m.Hint} round={m.Round}";

    private static string Granted(bool granted) => granted ? "granted" : "refused";
}
