using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>A follower: an acceptor and learner that hears of a leader, and campaigns when it hears of none.</summary>
internal sealed class Follower(Server server, RoleSwitch roles)
{
    private readonly AcceptHandler acceptor = new(server);

    /// <summary>The leader of the ballot promised, or of a higher one, has spoken: follow it. The dispatcher has answered lower ones.</summary>
    public void HearLeader(NodeId from, Ballot ballot)
    {
        Invariant.Check(ballot >= server.Promised && ballot.Proposer == from);
        Invariant.Check(ballot > server.Promised || server.Role is not (CoreRole.Leader or CoreRole.Candidate)); // a ballot has one proposer
        if (ballot > server.Promised || server.Role != CoreRole.Follower || server.Leader != from)
        {
            server.LeaderChanges();
            roles.BecomeFollower(ballot, from);
        }

        server.LeaderHeard = server.Now;
        server.Timer.Reset(server.Now);
    }

    /// <summary>Proposals of the leader.</summary>
    public void Handle(NodeId from, in Accept accept) => acceptor.Handle(from, accept);

    /// <summary>A heartbeat: answered at once, since all it asks is whether a higher ballot is promised here.</summary>
    public void Handle(NodeId from, in Heartbeat heartbeat)
    {
        acceptor.Learn(heartbeat.Decided);
        server.Outbox.Send(from, server.Standing(heartbeat, server.DecidedOnDisk), WriteNumber.None);
    }

    /// <summary>More is decided.</summary>
    public void Handle(in DecidedNotice notice) => acceptor.Learn(notice.Decided);

    /// <summary>
    /// Somebody who cannot lead knows more decided. Who stands for election had asked about what was open before, and maybe others than count now: it begins
    /// again. A leader decides by itself.
    /// </summary>
    public void Taught(in DecidedNotice notice)
    {
        if (server.Role == CoreRole.Leader)
            return;
        LogIndex before = server.Log.Commit;
        server.Log.Taught(notice.Decided, notice.Ballot, server.Promised);
        if (server.Log.Commit == before)
            return;
        server.KeepDecided();
        if (server.Role is CoreRole.PreCandidate or CoreRole.Candidate)
            roles.LoseElection();
    }

    /// <summary>The leader hands over: campaign at once, without asking first.</summary>
    public void Handle(in HandOver handOver)
    {
        Invariant.Check(handOver.Ballot == server.Promised);
        if (!server.OwesFormerLeader) // to stand is to promise
            roles.Campaign(transfer: true);
    }
}
