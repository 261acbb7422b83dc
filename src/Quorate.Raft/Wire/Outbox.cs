using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Encodes messages into the output. What a message may wait for is part of sending it: see each caller.</summary>
internal sealed class Outbox(CoreOutput output)
{
    /// <summary>Sends it.</summary>
    public void Send(NodeId to, in PreVote message) =>
        PreVoteCodec.Write(message, output.AddMessage(to, WriteNumber.None, PreVoteCodec.SizeBytes));

    /// <summary>Sends it.</summary>
    public void Send(NodeId to, in PreVoteReply message) =>
        PreVoteReplyCodec.Write(message, output.AddMessage(to, WriteNumber.None, PreVoteReplyCodec.SizeBytes));

    /// <summary>Sends it once <paramref name="after"/> is durable.</summary>
    public void Send(NodeId to, in RequestVote message, WriteNumber after) =>
        RequestVoteCodec.Write(message, output.AddMessage(to, after, RequestVoteCodec.SizeBytes));

    /// <summary>Sends it once <paramref name="after"/> is durable.</summary>
    public void Send(NodeId to, in VoteReply message, WriteNumber after) =>
        VoteReplyCodec.Write(message, output.AddMessage(to, after, VoteReplyCodec.SizeBytes));

    /// <summary>Sends it once <paramref name="after"/> is durable.</summary>
    public void Send(NodeId to, in AppendReply message, WriteNumber after) =>
        AppendReplyCodec.Write(message, output.AddMessage(to, after, AppendReplyCodec.SizeBytes));

    /// <summary>Sends it.</summary>
    public void Send(NodeId to, in Heartbeat message) =>
        HeartbeatCodec.Write(message, output.AddMessage(to, WriteNumber.None, HeartbeatCodec.SizeBytes));

    /// <summary>Sends it.</summary>
    public void Send(NodeId to, in HeartbeatReply message) =>
        HeartbeatReplyCodec.Write(message, output.AddMessage(to, WriteNumber.None, HeartbeatReplyCodec.SizeBytes));

    /// <summary>Sends it.</summary>
    public void Send(NodeId to, in CommitNotice message) =>
        CommitNoticeCodec.Write(message, output.AddMessage(to, WriteNumber.None, CommitNoticeCodec.SizeBytes));

    /// <summary>Sends it.</summary>
    public void Send(NodeId to, in TimeoutNow message) =>
        TimeoutNowCodec.Write(message, output.AddMessage(to, WriteNumber.None, TimeoutNowCodec.SizeBytes));

    /// <summary>Sends it once <paramref name="after"/> is durable.</summary>
    public void Send(NodeId to, in SnapshotInstalled message, WriteNumber after) =>
        SnapshotInstalledCodec.Write(message, output.AddMessage(to, after, SnapshotInstalledCodec.SizeBytes));

    /// <summary>Begins an AppendEntries of <paramref name="count"/> entries; the caller adds each by <see cref="Add"/>.</summary>
    public WireWriter BeginAppendEntries(NodeId to, Term term, LogPosition previous, LogIndex commit, ulong round, int count, int payloads)
    {
        Span<byte> header = output.AddMessage(to, WriteNumber.None, AppendEntriesCodec.HeaderBytes(count), payloads);
        return AppendEntriesCodec.WriteFixed(header, term, previous, commit, round, count);
    }

    /// <summary>Adds an entry to the AppendEntries begun.</summary>
    public void Add(ref WireWriter writer, in Entry entry)
    {
        AppendEntriesCodec.WriteEntry(ref writer, entry);
        if (entry.Payload.Length > 0)
            output.Payloads.Add(entry.Payload);
    }
}
