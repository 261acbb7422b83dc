namespace Quorate.Consensus;

/// <summary>The roles of a member, and what moves it from one to the next whatever its engine.</summary>
internal abstract class CoreRoles<TPeer>(CoreServer server)
    where TPeer : Peer
{
    /// <summary>Leads.</summary>
    public abstract Leadership<TPeer> Leader { get; }

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

    /// <summary>More writes are durable: own votes, promises and entries count only now.</summary>
    public void OnDurable()
    {
        if (server.Role == CoreRole.Candidate)
            OnCandidateDurable();
        if (server.Role == CoreRole.Leader)
            Leader.OnDurable();
    }

    /// <summary>The election timeout elapsed: tries to lead. By asking first, unless the leader itself wants it (Raft thesis §9.6, §3.10).</summary>
    public void Campaign(bool transfer = false)
    {
        if (!server.MayCampaign)
            return;
        if (server.Options.PreVote && !transfer)
            AskFirst();
        else
            Stand(transfer);
    }

    /// <summary>Asks whether an election could be won.</summary>
    protected abstract void AskFirst();

    /// <summary>Asks to be elected.</summary>
    protected abstract void Stand(bool transfer);

    /// <summary>A candidate's own vote may count now.</summary>
    protected abstract void OnCandidateDurable();
}
