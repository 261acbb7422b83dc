using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>
/// Leader side of membership changes (Raft §6, thesis §4): one at a time, none before an entry of the leader's own term is committed, and
/// out of a joint configuration by itself once that is committed. Also binds the instances that a first configuration leaves open.
/// </summary>
internal sealed class MembershipChanges(Server server, PeerTable peers)
{
    private readonly RaftLog log = server.Log;

    /// <summary>Whether a caller waits for the change under way.</summary>
    public bool Requested { get; private set; }

    /// <summary>What its outcome will name.</summary>
    public ulong RequestId { get; private set; }

    /// <summary>A configuration that is not committed, or still joint.</summary>
    public bool Pending => log.Configurations.LatestIndex > log.Commit || server.Configuration.IsJoint;

    /// <summary>Begins a change.</summary>
    /// <param name="change">What to do.</param>
    /// <param name="termCommitted">Whether an entry of this term is committed.</param>
    /// <remarks>Without such an entry the last configuration of an earlier term might still be replaced by another leader's, whose
    /// quorums need not overlap with the new one's (raft-dev, July 2015).</remarks>
    public Refusal Start(ConfigurationChange change, bool termCommitted)
    {
        if (!termCommitted)
            return Refusal.NotReady;
        if (Pending)
            return Refusal.ChangePending;
        Refusal refusal = ChangePlanner.Plan(server.Configuration, change, IsCaughtUp, out Configuration next);
        if (refusal != Refusal.None)
            return refusal;
        (Requested, RequestId) = (true, change.RequestId);
        Append(next);
        return Refusal.None;
    }

    /// <summary>The commit index has moved: leaves a joint configuration, ends a change.</summary>
    /// <returns>Whether a configuration was appended.</returns>
    public bool OnCommitted()
    {
        if (log.Configurations.LatestIndex > log.Commit)
            return false;
        if (server.Configuration.IsJoint)
        {
            Append(new Configuration(server.Configuration.Members, []));
            return true;
        }

        peers.ForgetLeaving();
        if (Requested)
            server.Output.Changes.Add(new ChangeOutcome(RequestId, Refusal.None));
        Requested = false;
        return false;
    }

    /// <summary>
    /// Binds the open instances that have been heard from: from then on no other life of those members counts.
    /// </summary>
    /// <returns>Whether a configuration was appended.</returns>
    public bool TryBind(bool termCommitted)
    {
        if (!termCommitted || Pending || !server.DiskHasRoom)
            return false;
        var members = new List<Member>();
        bool bound = false;
        foreach (Member member in server.Configuration.Members)
        {
            InstanceId instance = member.Instance.IsOpen ? Heard(member.Id) : member.Instance;
            bound |= instance != member.Instance;
            members.Add(member with { Instance = instance });
        }

        if (bound)
            Append(new Configuration(members, []));
        return bound;
    }

    /// <summary>Leadership is lost: how the change ends is not known.</summary>
    public void Fail()
    {
        if (Requested)
            server.Output.Changes.Add(new ChangeOutcome(RequestId, Refusal.NotLeader));
        Requested = false;
    }

    /// <summary>Takes over another core's state.</summary>
    public void Restore(bool requested, ulong requestId) => (Requested, RequestId) = (requested, requestId);

    private void Append(Configuration next)
    {
        Payload payload = Payload.Copy(server.Pool, next.ToBytes());
        log.Append(server.Term, EntryKind.Configuration, new ReadOnlySpan<Payload>(in payload));
        payload.Release(); // the log holds it now
        peers.Follow(server.Configuration);
    }

    private InstanceId Heard(NodeId id) =>
        id == server.Self ? server.Instance : peers.Find(id)?.Instance ?? InstanceId.Open;

    // Thesis §4.2.1: a voter that lags would hold up commits. One message's worth of entries is close enough.
    private bool IsCaughtUp(Member member) =>
        peers.Find(member.Id) is { State: SendingState.Replicate } peer
        && member.Is(peer.Id, peer.Instance)
        && peers.IsActive(peer)
        && peer.Match + server.Options.MessageEntriesMax >= log.Last.Index;
}
