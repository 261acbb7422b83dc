using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>Takes each message to its handler, after settling terms (Raft Figure 2, Rules for Servers: All Servers).</summary>
internal sealed class Dispatcher(Server server, RoleSwitch roles)
{
    private readonly AppendEntriesCodec appendEntries = new();
    private readonly VoteHandler votes = new(server);

    /// <summary>Decodes a frame and handles the message in it.</summary>
    /// <returns>False when it is none.</returns>
    public bool Receive(NodeId from, InstanceId instance, in Payload frame)
    {
        ReadOnlySpan<byte> bytes = frame.Span;
        if (bytes.IsEmpty || bytes[0] is < (byte)MessageKind.PreVote or > (byte)MessageKind.SnapshotInstalled)
            return false;
        return (MessageKind)bytes[0] switch
        {
            MessageKind.PreVote => PreVoteCodec.TryRead(bytes, out PreVote message) && Take(from, message),
            MessageKind.PreVoteReply => PreVoteReplyCodec.TryRead(bytes, out PreVoteReply message) && Take(from, instance, message),
            MessageKind.RequestVote => RequestVoteCodec.TryRead(bytes, out RequestVote message) && Take(from, message),
            MessageKind.VoteReply => VoteReplyCodec.TryRead(bytes, out VoteReply message) && Take(from, instance, message),
            MessageKind.AppendEntries => appendEntries.TryRead(frame, out AppendEntries message) && Take(from, message),
            MessageKind.AppendReply => AppendReplyCodec.TryRead(bytes, out AppendReply message) && Take(from, instance, message),
            MessageKind.Heartbeat => HeartbeatCodec.TryRead(bytes, out Heartbeat message) && Take(from, message),
            MessageKind.HeartbeatReply => HeartbeatReplyCodec.TryRead(bytes, out HeartbeatReply message) && Take(from, instance, message),
            MessageKind.CommitNotice => CommitNoticeCodec.TryRead(bytes, out CommitNotice message) && Take(from, message),
            MessageKind.TimeoutNow => TimeoutNowCodec.TryRead(bytes, out TimeoutNow message) && Take(from, message),
            MessageKind.SnapshotInstalled => SnapshotInstalledCodec.TryRead(bytes, out SnapshotInstalled message) && Take(from, instance, message),
        };
    }

    private bool Take(NodeId from, in PreVote message)
    {
        votes.Handle(from, message); // a pre-vote's term is nobody's yet: it raises no one's
        return true;
    }

    private bool Take(NodeId from, InstanceId instance, in PreVoteReply message)
    {
        if (!message.Granted)
            Settle(message.Term);
        roles.PreCandidate.Handle(from, instance, message);
        return true;
    }

    private bool Take(NodeId from, in RequestVote message)
    {
        if (votes.Ignores(message))
            return true;
        Settle(message.Term);
        votes.Handle(from, message);
        return true;
    }

    private bool Take(NodeId from, InstanceId instance, in VoteReply message)
    {
        Settle(message.Term);
        roles.Candidate.Handle(from, instance, message);
        return true;
    }

    private bool Take(NodeId from, in AppendEntries message)
    {
        if (message.Term < server.Term)
        {
            // The sender learns the newer term, which keeps it from leading on where pre-votes keep this member from campaigning.
            server.Outbox.Send(from, AppendReply.Refused(server.Term, message.Previous.Index, LogPosition.Zero, 0), server.Writes.Last);
            return true;
        }

        roles.Follower.HearLeader(from, message.Term);
        roles.Follower.Handle(from, message);
        return true;
    }

    private bool Take(NodeId from, in Heartbeat message)
    {
        if (message.Term < server.Term)
        {
            server.Outbox.Send(from, new HeartbeatReply(server.Term, 0, LogIndex.Zero, server.DiskHasRoom));
            return true;
        }

        roles.Follower.HearLeader(from, message.Term);
        roles.Follower.Handle(from, message);
        return true;
    }

    private bool Take(NodeId from, in CommitNotice message)
    {
        if (message.Term < server.Term)
            return true;
        roles.Follower.HearLeader(from, message.Term);
        roles.Follower.Handle(message);
        return true;
    }

    private bool Take(NodeId from, in TimeoutNow message)
    {
        if (message.Term < server.Term)
            return true;
        roles.Follower.HearLeader(from, message.Term);
        roles.Follower.Handle(message);
        return true;
    }

    private bool Take(NodeId from, InstanceId instance, in AppendReply message)
    {
        if (SpeaksToLeader(message.Term))
            roles.Leader.Handle(from, instance, message);
        return true;
    }

    private bool Take(NodeId from, InstanceId instance, in HeartbeatReply message)
    {
        if (SpeaksToLeader(message.Term))
            roles.Leader.Handle(from, instance, message);
        return true;
    }

    private bool Take(NodeId from, InstanceId instance, in SnapshotInstalled message)
    {
        if (SpeaksToLeader(message.Term))
            roles.Leader.Handle(from, instance, message);
        return true;
    }

    /// <summary>Settles the term, and says whether the message answers the leader of this very term here; older ones are dropped.</summary>
    private bool SpeaksToLeader(Term term)
    {
        Settle(term);
        return term == server.Term && server.Role == CoreRole.Leader;
    }

    /// <summary>If RPC request or response contains term T > currentTerm: set currentTerm = T, convert to follower (§5.1).</summary>
    private void Settle(Term term)
    {
        if (term > server.Term)
            roles.BecomeFollower(term, NodeId.None);
    }
}
