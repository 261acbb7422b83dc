using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

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
    public void Send(NodeId to, in Prepare message, WriteNumber after) =>
        PrepareCodec.Write(message, output.AddMessage(to, after, PrepareCodec.SizeBytes));

    /// <summary>Sends it once <paramref name="after"/> is durable.</summary>
    public void Send(NodeId to, in Refused message, WriteNumber after) =>
        RefusedCodec.Write(message, output.AddMessage(to, after, RefusedCodec.SizeBytes));

    /// <summary>Sends it once <paramref name="after"/> is durable.</summary>
    public void Send(NodeId to, in Accepted message, WriteNumber after) =>
        AcceptedCodec.Write(message, output.AddMessage(to, after, AcceptedCodec.SizeBytes));

    /// <summary>Sends it.</summary>
    public void Send(NodeId to, in Heartbeat message) =>
        HeartbeatCodec.Write(message, output.AddMessage(to, WriteNumber.None, HeartbeatCodec.SizeBytes));

    /// <summary>Sends it once <paramref name="after"/> is durable.</summary>
    public void Send(NodeId to, in HeartbeatReply message, WriteNumber after) =>
        HeartbeatReplyCodec.Write(message, output.AddMessage(to, after, HeartbeatReplyCodec.SizeBytes));

    /// <summary>Sends it.</summary>
    public void Send(NodeId to, in DecidedNotice message) =>
        DecidedNoticeCodec.Write(message, output.AddMessage(to, WriteNumber.None, DecidedNoticeCodec.SizeBytes));

    /// <summary>Sends it.</summary>
    public void Send(NodeId to, in HandOver message) =>
        HandOverCodec.Write(message, output.AddMessage(to, WriteNumber.None, HandOverCodec.SizeBytes));

    /// <summary>Sends it once <paramref name="after"/> is durable.</summary>
    public void Send(NodeId to, in Promise message, WriteNumber after)
    {
        int payloads = 0;
        foreach (ref readonly Entry accepted in message.Accepted)
            payloads += accepted.Payload.Length > 0 ? 1 : 0;
        int count = message.Accepted.Length;
        WireWriter writer = PromiseCodec.WriteFixed(
            output.AddMessage(to, after, PromiseCodec.HeaderBytes(count), payloads), message.Ballot, message.From, message.Next, message.Rest, message.Decided, count);
        foreach (ref readonly Entry accepted in message.Accepted)
        {
            PromiseCodec.WriteAcceptance(ref writer, accepted);
            if (accepted.Payload.Length > 0)
                output.Payloads.Add(accepted.Payload);
        }
    }

    /// <summary>Begins an Accept of <paramref name="count"/> proposals; the caller adds each by <see cref="Add"/>.</summary>
    public WireWriter BeginAccept(NodeId to, Ballot ballot, LogIndex first, LogIndex decided, ulong round, int count, int payloads) =>
        AcceptCodec.WriteFixed(output.AddMessage(to, WriteNumber.None, AcceptCodec.HeaderBytes(count), payloads), ballot, first, decided, round, count);

    /// <summary>Adds a proposal to the Accept begun.</summary>
    public void Add(ref WireWriter writer, in Entry proposal)
    {
        PayloadCutter.Announce(ref writer, proposal);
        if (proposal.Payload.Length > 0)
            output.Payloads.Add(proposal.Payload);
    }
}
