namespace Quorate.Paxos.MultiPaxos;

/// <summary>Messages in words, the papers' where they have them. Traces and golden scenarios are written in them: they stay as they are.</summary>
internal static class MessageText
{
    private const string NoMessage = "no message";

    /// <summary>The words for a header.</summary>
    public static string Of(ReadOnlySpan<byte> header)
    {
        if (header.IsEmpty || header[0] is < (byte)MessageKind.PreVote or > (byte)MessageKind.HandOver)
            return NoMessage;
        return (MessageKind)header[0] switch
        {
            MessageKind.PreVote => PreVoteCodec.TryRead(header, out PreVote m) ? $"PreVote ballot={m.Ballot} from={m.From}" : NoMessage,
            MessageKind.PreVoteReply => PreVoteReplyCodec.TryRead(header, out PreVoteReply m)
                ? $"PreVoteReply ballot={m.Ballot} {(m.Granted ? "granted" : "refused")}" : NoMessage,
            MessageKind.Prepare => PrepareCodec.TryRead(header, out Prepare m)
                ? $"Prepare ballot={m.Ballot} from={m.From}{(m.HandedOver.Proposer.IsNone ? "" : " transfer")}" : NoMessage,
            MessageKind.Promise => Promise(header),
            MessageKind.Refused => RefusedCodec.TryRead(header, out Refused m)
                ? $"Refused ballot={m.Ballot} promised={m.Promised}" : NoMessage,
            MessageKind.Accept => Accept(header),
            MessageKind.Accepted => AcceptedCodec.TryRead(header, out Accepted m)
                ? $"Accepted ballot={m.Ballot} slots={m.First}-{m.Last} round={m.Round}" : NoMessage,
            MessageKind.Heartbeat => HeartbeatCodec.TryRead(header, out Heartbeat m)
                ? $"Heartbeat ballot={m.Ballot} decided={m.Decided} round={m.Round}" : NoMessage,
            MessageKind.HeartbeatReply => HeartbeatReplyCodec.TryRead(header, out HeartbeatReply m)
                ? $"HeartbeatReply ballot={m.Ballot} agreed={m.Agreed} durable={m.Durable} decided={m.DecidedOnDisk} round={m.Round}{(m.HasRoom ? "" : " full")}" : NoMessage,
            MessageKind.DecidedNotice => DecidedNoticeCodec.TryRead(header, out DecidedNotice m)
                ? $"DecidedNotice ballot={m.Ballot} decided={m.Decided}{(m.Leads ? "" : " teaches")}" : NoMessage,
            MessageKind.HandOver => HandOverCodec.TryRead(header, out HandOver m) ? $"HandOver ballot={m.Ballot}" : NoMessage,
        };
    }

    private static string Accept(ReadOnlySpan<byte> header)
    {
        if (!AcceptCodec.TryReadHeader(header, out Accept m, out Consensus.LogIndex first, out int count))
            return NoMessage;
        return $"Accept ballot={m.Ballot} slots={first}-{first + (count - 1)} decided={m.Decided} round={m.Round}";
    }

    private static string Promise(ReadOnlySpan<byte> header)
    {
        if (!PromiseCodec.TryReadHeader(header, out Promise m, out int count))
            return NoMessage;
        return $"Promise ballot={m.Ballot} from={m.From} accepted={count} decided={m.Decided}{(m.Rest == PromiseRest.Nothing ? "" : $" next={m.Next}")}";
    }
}
