using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Takes each message to its handler, after settling ballots: whoever hears of a higher one promises it, and leads no longer.</summary>
internal sealed class Dispatcher(Server server, RoleSwitch roles)
{
    private readonly AcceptCodec accepts = new();
    private readonly PromiseCodec promises = new();
    private readonly PromiseHandler acceptor = new(server, roles);

    /// <summary>Decodes a frame and handles the message in it.</summary>
    /// <returns>False when it is none.</returns>
    public bool Receive(NodeId from, InstanceId instance, in Payload frame)
    {
        ReadOnlySpan<byte> bytes = frame.Span;
        if (bytes.IsEmpty || bytes[0] is < (byte)MessageKind.PreVote or > (byte)MessageKind.HandOver)
            return false;
        return (MessageKind)bytes[0] switch
        {
            MessageKind.PreVote => PreVoteCodec.TryRead(bytes, out PreVote message) && Take(from, message),
            MessageKind.PreVoteReply => PreVoteReplyCodec.TryRead(bytes, out PreVoteReply message) && Take(from, instance, message),
            MessageKind.Prepare => PrepareCodec.TryRead(bytes, out Prepare message) && Take(from, message),
            MessageKind.Promise => promises.TryRead(frame, out Promise message) && Take(from, instance, message),
            MessageKind.Refused => RefusedCodec.TryRead(bytes, out Refused message) && Take(from, instance, message),
            MessageKind.Accept => accepts.TryRead(frame, out Accept message) && Take(from, message),
            MessageKind.Accepted => AcceptedCodec.TryRead(bytes, out Accepted message) && Take(from, instance, message),
            MessageKind.Heartbeat => HeartbeatCodec.TryRead(bytes, out Heartbeat message) && Take(from, message),
            MessageKind.HeartbeatReply => HeartbeatReplyCodec.TryRead(bytes, out HeartbeatReply message) && Take(from, instance, message),
            MessageKind.DecidedNotice => DecidedNoticeCodec.TryRead(bytes, out DecidedNotice message) && Take(from, message),
            MessageKind.HandOver => HandOverCodec.TryRead(bytes, out HandOver message) && Take(from, message),
        };
    }

    /// <summary>The canonical state of what is neither a role's nor the server's.</summary>
    public void WriteState(StateWriter state, StateWriter timing) => acceptor.WriteState(state, timing);

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state, ref StateReader timing) => acceptor.ReadState(ref state, ref timing);

    // A ballot that is asked about is nobody's yet: it raises no one's promise.
    private bool Take(NodeId from, in PreVote message)
    {
        if (message.Ballot.Proposer != from)
            return false;
        acceptor.Handle(from, message);
        return true;
    }

    private bool Take(NodeId from, InstanceId instance, in PreVoteReply message)
    {
        if (!message.Granted)
            Settle(message.Ballot);
        if (server.Role == CoreRole.PreCandidate)
            roles.PreCandidate.Handle(from, instance, message);
        else
            acceptor.Handle(from, instance, message);
        return true;
    }

    private bool Take(NodeId from, in Prepare message)
    {
        if (message.Ballot.Proposer != from)
            return false;
        acceptor.Handle(from, message);
        return true;
    }

    private bool Take(NodeId from, InstanceId instance, in Promise message)
    {
        if (message.Ballot != server.Promised)
            return true; // of an election that is over
        if (server.Role == CoreRole.Leader)
            roles.Leader.Handle(from, instance, message);
        else
            roles.Candidate.Handle(from, instance, message);
        return true;
    }

    private bool Take(NodeId from, InstanceId instance, in Refused message)
    {
        Settle(message.Promised);
        roles.Candidate.Handle(from, instance, message);
        return true;
    }

    private bool Take(NodeId from, in Accept message)
    {
        if (!Follows(from, message.Ballot, out bool valid))
            return valid;
        roles.Follower.Handle(from, message);
        return true;
    }

    private bool Take(NodeId from, in Heartbeat message)
    {
        if (!Follows(from, message.Ballot, out bool valid))
            return valid;
        roles.Follower.Handle(from, message);
        return true;
    }

    // One that does not lead is to be learned from, and not to be followed: nothing would come of what is sent to it. The ballot need not be its own.
    private bool Take(NodeId from, in DecidedNotice message)
    {
        if (!message.Leads)
        {
            if (message.Ballot == Ballot.Zero)
                return false; // nothing is decided in it
            roles.Follower.Taught(message);
            return true;
        }

        if (!Follows(from, message.Ballot, out bool valid))
            return valid;
        roles.Follower.Handle(message);
        return true;
    }

    private bool Take(NodeId from, in HandOver message)
    {
        if (!Follows(from, message.Ballot, out bool valid))
            return valid;
        roles.Follower.Handle(message);
        return true;
    }

    private bool Take(NodeId from, InstanceId instance, in Accepted message)
    {
        if (SpeaksToLeader(message.Ballot))
            roles.Leader.Handle(from, instance, message);
        return true;
    }

    private bool Take(NodeId from, InstanceId instance, in HeartbeatReply message)
    {
        if (SpeaksToLeader(message.Ballot))
            roles.Leader.Handle(from, instance, message);
        return true;
    }

    /// <summary>
    /// Whether the sender is the leader to be followed, which it is from here on: the proposer of a ballot that is not below the one promised. Of a lower one
    /// it is told what is, which ends it.
    /// </summary>
    private bool Follows(NodeId from, Ballot ballot, out bool valid)
    {
        valid = ballot.Proposer == from && from != server.Self;
        if (!valid)
            return false;
        if (ballot < server.Promised)
        {
            server.Outbox.Send(from, new Refused(ballot, server.Promised), after: server.Writes.Last);
            return false;
        }

        roles.Follower.HearLeader(from, ballot);
        return true;
    }

    /// <summary>Whether the message answers the leader of the very ballot promised here; others are dropped.</summary>
    private bool SpeaksToLeader(Ballot ballot)
    {
        Settle(ballot);
        return ballot == server.Promised && server.Role == CoreRole.Leader;
    }

    private void Settle(Ballot ballot)
    {
        if (ballot > server.Promised)
            roles.BecomeFollower(ballot, NodeId.None);
    }
}
