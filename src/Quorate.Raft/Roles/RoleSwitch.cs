using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>The arrows of Raft's Figure 4: who becomes what, and what that resets.</summary>
internal sealed class RoleSwitch : CoreRoles<Progress>
{
    private readonly Server server;

    /// <summary>All roles of one server.</summary>
    public RoleSwitch(Server server)
        : base(server)
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

    /// <inheritdoc/>
    public override Leader Leader { get; }

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

    /// <summary>The election cannot be won: tries again soon, unless the winner is heard from.</summary>
    public void LoseElection() => BecomeFollower(server.Term, NodeId.None);

    /// <inheritdoc/>
    protected override void AskFirst() => PreCandidate.Enter();

    /// <inheritdoc/>
    protected override void Stand(bool transfer) => Candidate.Enter(transfer);

    /// <inheritdoc/>
    protected override void OnCandidateDurable() => Candidate.OnDurable();
}
