using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>Membership changes as Multi-Paxos makes them: through the log, in force a window (α) after their slot.</summary>
internal sealed class MembershipChanges(Server server, PeerTable peers, Proposer proposer)
    : MembershipChanges<Progress>(server, peers, Roster.VotersMax)
{
    private readonly SlotLog log = server.Log;

    /// <inheritdoc/>
    public override bool Pending =>
        log.Configurations.Pending is not null || proposer.NextConfiguration is not null || proposer.ConfigurationAt > log.Commit;

    /// <summary>A configuration is in force.</summary>
    public void OnInForce()
    {
        if (!Pending)
            End(Refusal.None);
    }

    /// <inheritdoc/>
    protected override void Begin(Configuration final) => proposer.NextConfiguration = final;
}
