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
    /// Nothing is proposed in the slots of new voters before a phase-1 quorum of them has promised: each must have done so, or be here to be asked. Nor is
    /// anything decided from then on without a phase-2 quorum of them, and a promise alone does not say that its giver is still here. Who comes is, for whoever
    /// brings him.
    /// </remarks>
    protected override bool CouldGoOn(Configuration final)
    {
        Configuration current = server.Configuration;
        if (Proposer.KeepsVoters(current, final))
            return true;
        int promising = 0;
        int bound = 0; // of those: promises of open instances count only if all promise
        int accepting = 0;
        foreach (Member voter in final.Voters)
        {
            bool isHere = !current.IsVoter(voter.Id, voter.Instance) || IsHere(voter);
            bool mayPromise = isHere || HasPromised(voter);
            promising += mayPromise ? 1 : 0;
            bound += mayPromise && !voter.Instance.IsOpen ? 1 : 0;
            accepting += isHere ? 1 : 0;
        }

        int voters = final.Voters.Length;
        QuorumSizes sizes = server.Options.Quorums;
        return (bound >= sizes.Phase1Of(voters) || promising == voters) && accepting >= sizes.Phase2Of(voters);
    }

    /// <inheritdoc/>
    protected override void Begin(Configuration final) =>
        proposer.NextConfiguration = new Configuration(final.Members, [], number: server.Configuration.Number + 1);

    // One that has said nothing since the election is not known to be here: it is sent nothing but heartbeats.
    private bool IsHere(Member voter) =>
        voter.Id == server.Self || (Peer(voter) is { } peer && peer.State != SendingState.Probe && peers.IsActive(peer));

    private bool HasPromised(Member voter) => Peer(voter) is { } peer && promises.HasPromised(peer.Id, peer.Instance);

    private Progress? Peer(Member voter) => peers.Find(voter.Id) is { } peer && voter.Is(peer.Id, peer.Instance) ? peer : null;
}
