using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Who becomes what, and what that resets.</summary>
internal sealed class RoleSwitch : CoreRoles<Progress>
{
    private readonly Server server;

    /// <summary>All roles of one server.</summary>
    public RoleSwitch(Server server)
        : base(server)
    {
        this.server = server;
        Promises = new PromiseBook(server);
        Follower = new Follower(server, this);
        PreCandidate = new PreCandidate(server, this);
        Candidate = new Candidate(server, this, Promises);
        Leader = new Leader(server, this, Promises);
    }

    /// <summary>What phase 1 has brought, to a candidate and to the leader that it becomes.</summary>
    public PromiseBook Promises { get; }

    /// <summary>Follows.</summary>
    public Follower Follower { get; }

    /// <summary>Asks whether it could win.</summary>
    public PreCandidate PreCandidate { get; }

    /// <summary>In phase 1.</summary>
    public Candidate Candidate { get; }

    /// <inheritdoc/>
    public override Leader Leader { get; }

    /// <summary>Follows <paramref name="leader"/>, or nobody yet, under <paramref name="ballot"/>, which may be a higher one than was promised.</summary>
    public void BecomeFollower(Ballot ballot, NodeId leader)
    {
        Invariant.Check(ballot >= server.Promised);
        CoreRole was = server.Role;
        if (was == CoreRole.Leader)
            Leader.Leave();
        if (was is CoreRole.Leader or CoreRole.Candidate)
            Promises.Clear();
        if (ballot > server.Promised)
            server.Promise(ballot);
        (server.Role, server.Leader) = (CoreRole.Follower, leader);
        if (was == CoreRole.Leader)
            server.Timer.Reset(server.Now);
        else if (was != CoreRole.Follower && leader.IsNone)
            server.Timer.RetrySoon(server.Now);
    }

    /// <summary>The election cannot be won: tries again soon, unless the winner is heard from. The random part keeps rivals apart.</summary>
    public void LoseElection() => BecomeFollower(server.Promised, NodeId.None);

    /// <inheritdoc/>
    protected override void AskFirst()
    {
        Promises.Clear();
        PreCandidate.Enter();
    }

    /// <inheritdoc/>
    protected override void Stand(bool transfer)
    {
        Promises.Clear();
        Candidate.Enter(transfer);
    }

    /// <inheritdoc/>
    protected override void OnCandidateDurable() => Candidate.OnDurable();
}
