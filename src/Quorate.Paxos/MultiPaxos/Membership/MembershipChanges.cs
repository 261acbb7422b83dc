using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>
/// Leader side of membership changes: through the log, in force a window (α) after their slot, one at a time, none before the leader knows all that
/// was decided before it. Also binds the instances that a first configuration leaves open.
/// </summary>
internal sealed class MembershipChanges(Server server, PeerTable peers, Proposer proposer)
{
    private readonly SlotLog log = server.Log;

    /// <summary>Whether a caller waits for the change under way.</summary>
    public bool Requested { get; private set; }

    /// <summary>What its outcome will name.</summary>
    public ulong RequestId { get; private set; }

    /// <summary>A configuration that is not decided, or not in force.</summary>
    public bool Pending =>
        log.Configurations.Pending is not null || proposer.NextConfiguration is not null || proposer.ConfigurationAt > log.Commit;

    /// <summary>Begins a change.</summary>
    /// <param name="change">What to do.</param>
    /// <param name="opened">Whether the leader's own no-op is decided: a change of an earlier leader, decided or not, is known by then.</param>
    public Refusal Start(ConfigurationChange change, bool opened)
    {
        if (!opened)
            return Refusal.NotReady;
        if (Pending)
            return Refusal.ChangePending;
        Refusal refusal = MemberSteps.Apply(log.Configurations.Current, change, IsCaughtUp, out Configuration next);
        if (refusal != Refusal.None)
            return refusal;
        (Requested, RequestId) = (true, change.RequestId);
        proposer.NextConfiguration = next;
        return Refusal.None;
    }

    /// <summary>A configuration is in force.</summary>
    public void OnInForce()
    {
        if (Pending)
            return;
        if (Requested)
            server.Output.Changes.Add(new ChangeOutcome(RequestId, Refusal.None));
        Requested = false;
    }

    /// <summary>Binds the open instances that have been heard from: from then on no other life of those members counts.</summary>
    /// <returns>Whether there is something to propose.</returns>
    public bool TryBind(bool opened)
    {
        if (!opened || Pending || !server.DiskHasRoom)
            return false;
        var members = new List<Member>();
        bool bound = false;
        foreach (Member member in log.Configurations.Current.Members)
        {
            InstanceId instance = member.Instance.IsOpen ? Heard(member.Id) : member.Instance;
            bound |= instance != member.Instance;
            members.Add(member with { Instance = instance });
        }

        if (bound)
            proposer.NextConfiguration = new Configuration(members, []);
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

    private InstanceId Heard(NodeId id) =>
        id == server.Self ? server.Instance : peers.Find(id)?.Instance ?? InstanceId.Open;

    // A voter that lags would hold up decisions. One message's worth of slots is close enough.
    private bool IsCaughtUp(Member member) =>
        peers.Find(member.Id) is { State: SendingState.Replicate } peer
        && member.Is(peer.Id, peer.Instance)
        && peers.IsActive(peer)
        && peer.Match + server.Options.MessageEntriesMax >= log.Agreed;
}
