namespace Quorate.Consensus;

/// <summary>
/// Leader side of membership changes: one at a time, none before an entry of the leader's own is decided, since before that it may not know the last one
/// of an earlier leader. Also binds the instances that a first configuration leaves open. How a configuration comes into force is the engine's matter.
/// </summary>
internal abstract class MembershipChanges<TPeer>(CoreServer server, PeerTable<TPeer> peers, int votersMax)
    where TPeer : Peer
{
    private bool requested; // whether a caller waits for the change under way
    private ulong requestId; // what its outcome will name

    /// <summary>A configuration that is not decided, or not finally in force.</summary>
    public abstract bool Pending { get; }

    /// <summary>Begins a change.</summary>
    /// <param name="change">What to do.</param>
    /// <param name="termCommitted">Whether an entry of this leader's own is decided.</param>
    public Refusal Start(ConfigurationChange change, bool termCommitted)
    {
        if (!termCommitted)
            return Refusal.NotReady;
        if (Pending)
            return Refusal.ChangePending;
        Refusal refusal = MemberSteps.Apply(server.Configuration, change, votersMax, IsCaughtUp, out Configuration final);
        if (refusal != Refusal.None)
            return refusal;
        if (!CouldGoOn(final))
            return Refusal.QuorumNotHeard;
        (requested, requestId) = (true, change.RequestId);
        Begin(final);
        return Refusal.None;
    }

    /// <summary>Binds the open instances that have been heard from: from then on no other life of those members counts.</summary>
    /// <param name="termCommitted">Whether an entry of this leader's own is decided.</param>
    /// <returns>Whether a configuration was begun.</returns>
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
            Begin(new Configuration(members, []));
        return bound;
    }

    /// <summary>Leadership is lost: how the change ends is not known.</summary>
    public void Fail() => End(Refusal.NotLeader);

    /// <summary>Its part of the canonical state.</summary>
    public virtual void WriteState(StateWriter state)
    {
        state.Bool(requested);
        state.UInt64(requested ? requestId : 0);
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public virtual void ReadState(ref StateReader state) => (requested, requestId) = (state.Bool(), state.UInt64());

    /// <summary>Whether the members that a change leads to could go on without waiting for one that is away, as far as the engine cares.</summary>
    protected virtual bool CouldGoOn(Configuration final) => true;

    /// <summary>Begins to bring a configuration into force.</summary>
    protected abstract void Begin(Configuration final);

    /// <summary>The change under way, if any, has ended so.</summary>
    protected void End(Refusal refusal)
    {
        if (requested)
            server.Output.Changes.Add(new ChangeOutcome(requestId, refusal));
        requested = false;
    }

    private InstanceId Heard(NodeId id) =>
        id == server.Self ? server.Instance : peers.Find(id)?.Instance ?? InstanceId.Open;

    // Raft thesis §4.2.1: a voter that lags would hold up decisions. So would one whose disk takes nothing.
    private bool IsCaughtUp(Member member) =>
        peers.Find(member.Id) is { State: SendingState.Replicate } peer
        && member.Is(peer.Id, peer.Instance)
        && peers.IsActive(peer)
        && peer.HasRoom
        && peers.IsClose(peer);
}
