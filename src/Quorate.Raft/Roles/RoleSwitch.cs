using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>The arrows of Raft's Figure 4: who becomes what, and what that resets.</summary>
internal sealed class RoleSwitch
{
    private readonly Server server;

    /// <summary>All roles of one server.</summary>
    public RoleSwitch(Server server)
    {
        this.server = server;
        Follower = new Follower(server, this);
        PreCandidate = new PreCandidate(server, this);
        Candidate = new Candidate(server, this);
        Leader = new Leader(server, this);
    }

    /// <summary>Follows.</summary>
    public Follower Follower { get; }

    /// <summary>Asks whether it could win.</summary>
    public PreCandidate PreCandidate { get; }

    /// <summary>Asks for votes.</summary>
    public Candidate Candidate { get; }

    /// <summary>Leads.</summary>
    public Leader Leader { get; }

    /// <summary>When the current role must next be given the time.</summary>
    public Tick NextWake => server.Role switch
    {
        CoreRole.Follower or CoreRole.PreCandidate or CoreRole.Candidate =>
            server.MayCampaign ? server.Timer.Deadline : Tick.Never,
        CoreRole.Leader => Leader.NextWake,
    };

    /// <summary>The time has come for what waited for it.</summary>
    public void OnTime()
    {
        if (server.Role == CoreRole.Leader)
            Leader.OnTime();
        else if (server.MayCampaign && server.Now >= server.Timer.Deadline)
            Campaign();
    }

    /// <summary>Follows <paramref name="leader"/>, or nobody yet, in <paramref name="term"/>, which may be a newer one.</summary>
    public void BecomeFollower(Term term, NodeId leader)
    {
        Invariant.Check(term >= server.Term);
        CoreRole was = server.Role;
        if (was == CoreRole.Leader)
            Leader.Leave();
        if (term > server.Term)
            server.EnterTerm(term);
        server.Role = CoreRole.Follower;
        if (server.Leader != leader)
            (server.Leader, server.Agreed) = (leader, LogIndex.Zero);
        if (was == CoreRole.Leader)
            server.Timer.Reset(server.Now);
        else if (was != CoreRole.Follower && leader.IsNone)
            server.Timer.RetrySoon(server.Now);
    }

    /// <summary>The election timeout elapsed: tries to lead. By asking first, unless the leader itself wants it (thesis §9.6, §3.10).</summary>
    public void Campaign(bool transfer = false)
    {
        if (!server.MayCampaign)
            return;
        if (server.Options.PreVote && !transfer)
            PreCandidate.Enter();
        else
            Candidate.Enter(transfer);
    }

    /// <summary>The election cannot be won: tries again soon, unless the winner is heard from.</summary>
    public void LoseElection() => BecomeFollower(server.Term, NodeId.None);
}
