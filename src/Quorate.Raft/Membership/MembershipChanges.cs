using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// Membership changes as Raft makes them (§6, thesis §4): where at most one voter comes or goes the new configuration is appended at once, since any two
/// majorities of the old and the new one overlap (thesis §4.1); otherwise a joint one goes before it (§4.3), which the leader leaves by itself.
/// </summary>
/// <remarks>Before an entry of its term is committed the last configuration of an earlier term might still be replaced by another leader's, whose
/// quorums need not overlap with the new one's (raft-dev, July 2015).</remarks>
internal sealed class MembershipChanges(Server server, PeerTable peers) : MembershipChanges<Progress>(server, peers, PeerTable.VotersMax)
{
    private readonly Server server = server;
    private readonly PeerTable peers = peers;

    /// <inheritdoc/>
    public override bool Pending => !IsCommitted || server.Configuration.IsJoint;

    private bool IsCommitted => server.Log.Configurations.LatestIndex <= server.Log.Commit;

    /// <summary>The commit index has moved: leaves a joint configuration, ends a change.</summary>
    /// <returns>Whether a configuration was appended.</returns>
    public bool OnCommitted()
    {
        if (!IsCommitted)
            return false;
        if (server.Configuration.IsJoint)
        {
            Append(new Configuration(server.Configuration.Members, []));
            return true;
        }

        peers.ForgetLeaving();
        End(Refusal.None);
        return false;
    }

    /// <inheritdoc/>
    protected override void Begin(Configuration final)
    {
        Configuration current = server.Configuration;
        Invariant.Check(!current.IsJoint);
        Append(VotersThatDiffer(current, final) <= 1 ? final : new Configuration(final.Members, current.Voters));
    }

    private void Append(Configuration next)
    {
        Payload payload = Payload.Copy(server.Pool, next.ToBytes());
        server.Log.Append(server.Term, EntryKind.Configuration, new ReadOnlySpan<Payload>(in payload));
        payload.Release(); // the log holds it now
        peers.Follow(server.Configuration);
    }

    // An open instance that is bound stays the same voter: before that is committed no other life of it counts.
    private static int VotersThatDiffer(Configuration current, Configuration final)
    {
        int gone = current.Voters.Count(old => final.Voters.All(voter => voter.Id != old.Id));
        int come = final.Voters.Count(voter => current.Voters.All(old => old.Id != voter.Id));
        int replaced = final.Voters.Count(voter => current.Voters.Any(old => old.Id == voter.Id && !old.Is(voter.Id, voter.Instance)));
        return gone + come + (2 * replaced);
    }
}
