namespace Quorate.Consensus;

/// <summary>A leader's peers, voters and learners, by id. What a quorum of them has reached is for the engine to say.</summary>
internal abstract class PeerTable<TPeer>(CoreServer server) : ILeaderView
    where TPeer : Peer
{
    /// <summary>All of them.</summary>
    public List<TPeer> All { get; } = [];

    Tick ILeaderView.Now => Server.Now;

    LogIndex ILeaderView.Commit => Server.Log.Commit;

    /// <summary>Whose they are.</summary>
    protected CoreServer Server { get; } = server;

    /// <inheritdoc/>
    public abstract LogIndex BeforeQuorum { get; }

    /// <inheritdoc/>
    public abstract ulong RoundOfQuorum(ulong newest);

    /// <summary>The peer of that id; null when there is none.</summary>
    public TPeer? Find(NodeId id)
    {
        foreach (TPeer peer in All)
        {
            if (peer.Id == id)
                return peer;
        }

        return null;
    }

    /// <summary>The peer that waits for a load; null when that was given up.</summary>
    public TPeer? WaitingFor(ulong ticket)
    {
        foreach (TPeer peer in All)
        {
            if (peer.LoadTicket == ticket)
                return peer;
        }

        return null;
    }

    /// <summary>Whether the life of it that is spoken with counts in a quorum.</summary>
    public bool IsVoter(TPeer peer) => Server.Configuration.IsVoter(peer.Id, peer.Instance);

    /// <summary>Whether it was heard from within an election timeout.</summary>
    public bool IsActive(TPeer peer) => Server.Now - peer.Heard < Server.Options.ElectionTicks;

    /// <summary>
    /// Whether its durable log lacks no more of what is decided than one message holds. What is on its way to everybody does not count: under load that
    /// is always more, and the voters do not have it either.
    /// </summary>
    public bool IsClose(TPeer peer) => peer.Match + Server.Options.MessageEntriesMax >= Server.Log.Commit;

    /// <summary>
    /// The voter whose durable log is longest, of those heard from lately that can lead, or else of all heard from lately; null when there is none.
    /// </summary>
    public TPeer? Furthest()
    {
        TPeer? furthest = null;
        foreach (TPeer peer in All)
        {
            if (!IsVoter(peer) || !IsActive(peer))
                continue;
            // A full disk could take no leader's entries: its member would not stand.
            if (furthest is null || (peer.HasRoom, peer.Match).CompareTo((furthest.HasRoom, furthest.Match)) > 0)
                furthest = peer;
        }

        return furthest;
    }

    /// <summary>Up to where the log may go, of <paramref name="upTo"/>, with members that receive a snapshot or catch up from one.</summary>
    public LogIndex KeptUpTo(LogIndex upTo)
    {
        foreach (TPeer peer in All)
        {
            if (peer.KeepAfter > LogIndex.Zero)
                upTo = LogIndex.Min(upTo, LogIndex.Max(peer.KeepAfter, peer.Match));
        }

        return upTo;
    }

    /// <summary>Knows nobody.</summary>
    public void Clear() => All.Clear();

    /// <summary>A configuration counts from now on: newcomers begin, another instance begins anew. Who is out of it is for the engine to say.</summary>
    public virtual void Follow(Configuration configuration)
    {
        foreach (Member member in configuration.Members)
            Take(member);
        foreach (Member member in configuration.Outgoing)
        {
            if (ReferenceEquals(configuration.Find(member.Id), member)) // not in Members
                Take(member);
        }

        All.Sort(static (a, b) => a.Id.CompareTo(b.Id));
    }

    /// <summary>Its part of the canonical state.</summary>
    public void WriteState(StateWriter state, StateWriter timing)
    {
        state.Int64(All.Count);
        foreach (TPeer peer in All)
            peer.WriteState(state, timing, Server.Now);
    }

    /// <summary>Reads what <see cref="WriteState"/> wrote.</summary>
    public void ReadState(ref StateReader state, ref StateReader timing)
    {
        All.Clear();
        for (long count = state.Int64(); count > 0; count--)
        {
            TPeer peer = New(state.Node());
            peer.ReadState(ref state, ref timing, Server.Now);
            All.Add(peer);
        }
    }

    /// <summary>A peer of whom nothing is known but what goes for everyone.</summary>
    protected abstract TPeer New(NodeId id);

    private void Take(Member member)
    {
        if (member.Id == Server.Self)
            return;
        int at = All.FindIndex(peer => peer.Id == member.Id);
        if (at >= 0 && All[at].Instance.IsOpen)
            All[at].Instance = member.Instance;
        if (at >= 0 && member.Is(member.Id, All[at].Instance))
            return;
        TPeer begun = New(member.Id);
        (begun.Instance, begun.Heard) = (member.Instance, Server.Now);
        if (at < 0)
            All.Add(begun);
        else
            All[at] = begun;
    }
}
