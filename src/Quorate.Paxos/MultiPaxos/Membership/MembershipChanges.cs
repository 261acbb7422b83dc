using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Membership changes as Multi-Paxos makes them: through the log, in force a window (α) after their slot, and over once those who decide from there on
/// could go on without the others.
/// </summary>
internal sealed class MembershipChanges(Server server, PeerTable peers, Proposer proposer, PromiseBook promises)
    : MembershipChanges<Progress>(server, peers, Roster.VotersMax)
{
    private readonly Server server = server;
    private readonly PeerTable peers = peers;
    private readonly PromiseBook promises = promises;
    private readonly SlotLog log = server.Log;
    private bool settled; // no member that the configuration in force has left is needed any more

    /// <inheritdoc/>
    public override bool Pending =>
        !settled || log.Configurations.Pending is not null || proposer.NextConfiguration is not null || proposer.ConfigurationAt > log.Commit;

    /// <summary>A configuration has come into force, or this leader into office: who knows it is not known yet.</summary>
    public void InForce()
    {
        settled = false;
        Settle();
    }

    /// <summary>
    /// Some disk knows more decided. A configuration is settled once a phase-2 quorum of it has on disk that everything before its first slot is decided:
    /// any phase-1 quorum of it then has a member that asks nobody else about those slots, also after all of them have crashed.
    /// </summary>
    /// <returns>Whether that has come about just now.</returns>
    public bool Settle()
    {
        if (settled)
            return false;
        LogIndex closing = log.Configurations.Closing;
        settled = closing == LogIndex.Zero || server.Roster.Current.HasPhase2(peers.KnowingDecided(closing));
        return settled;
    }

    /// <summary>Ends the change under way, if nothing about it is open any more.</summary>
    public void EndIfOver()
    {
        if (!Pending)
            End(Refusal.None);
    }

    /// <inheritdoc/>
    public override void WriteState(StateWriter state)
    {
        base.WriteState(state);
        state.Bool(settled);
    }

    /// <inheritdoc/>
    public override void ReadState(ref StateReader state)
    {
        base.ReadState(ref state);
        settled = state.Bool();
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Nothing is proposed in the slots of new voters before a phase-1 quorum of them has promised: each must have done so, or be there to be asked. Who comes
    /// is, for whoever brings him.
    /// </remarks>
    protected override bool CouldGoOn(Configuration final)
    {
        Configuration current = server.Configuration;
        return Proposer.KeepsVoters(current, final)
            || final.Voters.Count(voter => !current.IsVoter(voter.Id, voter.Instance) || IsAtHand(voter)) >= server.Options.Quorums.Phase1Of(final.Voters.Length);
    }

    /// <inheritdoc/>
    protected override void Begin(Configuration final) =>
        proposer.NextConfiguration = new Configuration(final.Members, [], number: server.Configuration.Number + 1);

    private bool IsAtHand(Member voter) =>
        voter.Id == server.Self
        || (peers.Find(voter.Id) is { } peer && voter.Is(peer.Id, peer.Instance) && (peers.IsActive(peer) || promises.HasPromised(peer.Id, peer.Instance)));
}
