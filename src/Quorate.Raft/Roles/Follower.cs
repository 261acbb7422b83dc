using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>A follower (Raft §5.2): answers leaders, and campaigns when it hears of none.</summary>
internal sealed class Follower(Server server, RoleSwitch roles)
{
    private readonly AppendHandler appends = new(server);

    /// <summary>
    /// A leader of this term or a newer one has spoken: follow it. The dispatcher has answered older ones.
    /// </summary>
    public void HearLeader(NodeId from, Term term)
    {
        Invariant.Check(term >= server.Term);
        if (term == server.Term)
        {
            Invariant.Check(server.Role != CoreRole.Leader); // Election Safety (§5.2): one leader a term
            Invariant.Check(server.Leader.IsNone || server.Leader == from);
        }

        if (term > server.Term || server.Role != CoreRole.Follower || server.Leader != from)
            roles.BecomeFollower(term, from);
        server.LeaderHeard = server.Now;
        server.Timer.Reset(server.Now);
    }

    /// <summary>AppendEntries of the leader.</summary>
    public void Handle(NodeId from, in AppendEntries append) => appends.Handle(from, append);

    /// <summary>A heartbeat: answered at once, since all it asks is whether a newer term is known here.</summary>
    public void Handle(NodeId from, in Heartbeat heartbeat)
    {
        CommitTo(heartbeat.Commit);
        server.Outbox.Send(from, new HeartbeatReply(server.Term, heartbeat.Round, server.Agreed, server.DiskHasRoom));
    }

    /// <summary>The commit index has moved.</summary>
    public void Handle(in CommitNotice notice) => CommitTo(notice.Commit);

    /// <summary>The leader hands over: campaign at once, without asking first.</summary>
    public void Handle(in TimeoutNow now)
    {
        Invariant.Check(now.Term == server.Term);
        roles.Campaign(transfer: true);
    }

    // What lies past the last entry that the leader sent here is not known to be its log: it may be the rest of another leader's.
    private void CommitTo(LogIndex leaderCommit) => server.Log.CommitTo(LogIndex.Min(leaderCommit, server.Agreed));
}
