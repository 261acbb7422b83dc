using System.Collections.Immutable;
using Quorate.Consensus;

namespace Quorate.Raft;

/// <summary>A number that a leader knows of itself and of each peer, and that a quorum may have reached.</summary>
internal interface IMeasure
{
    /// <summary>The leader's own.</summary>
    ulong Own { get; }

    /// <summary>A peer's.</summary>
    ulong Of(Progress peer);
}

/// <summary>A leader's peers, by id, and what a quorum of them has reached.</summary>
internal sealed class PeerTable(Server server) : ILeaderView
{
    private readonly List<Progress> peers = [];

    /// <summary>All of them, learners too, by id.</summary>
    public List<Progress> All => peers;

    /// <summary>The peer of that id; null when there is none.</summary>
    public Progress? Find(NodeId id)
    {
        foreach (Progress peer in peers)
        {
            if (peer.Id == id)
                return peer;
        }

        return null;
    }

    Tick ILeaderView.Now => server.Now;

    LogIndex ILeaderView.Commit => server.Log.Commit;

    ulong ILeaderView.RoundOfQuorum(ulong newest) => ReachedByQuorum(new RoundMeasure(newest));

    /// <summary>Whether the life of it that is spoken with counts in a half.</summary>
    public bool IsVoter(Progress peer) => server.Configuration.IsVoter(peer.Id, peer.Instance);

    /// <summary>Knows nobody.</summary>
    public void Clear() => peers.Clear();

    /// <summary>A configuration came into force: newcomers begin, another instance begins anew, who is out stays until that is committed.</summary>
    public void Follow(Configuration configuration)
    {
        foreach (Progress peer in peers)
            peer.Leaving = configuration.Find(peer.Id) is null;
        foreach (Member member in configuration.Members)
            Take(member);
        foreach (Member member in configuration.Outgoing)
        {
            if (configuration.Find(member.Id) == member) // not in Members
                Take(member);
        }

        peers.Sort(static (a, b) => a.Id.CompareTo(b.Id));
    }

    /// <summary>The configuration is committed: who is out of it needs nothing more.</summary>
    public void ForgetLeaving() => peers.RemoveAll(static peer => peer.Leaving);

    /// <summary>
    /// What a quorum has reached: in each half the highest number that a majority of it has; of two halves the lower. A peer counts
    /// only in a half that names its instance.
    /// </summary>
    public ulong ReachedByQuorum<TMeasure>(TMeasure measure)
        where TMeasure : struct, IMeasure
    {
        Configuration configuration = server.Configuration;
        ulong reached = ReachedBy(configuration.Voters, measure);
        return configuration.IsJoint ? Math.Min(reached, ReachedBy(configuration.Outgoing, measure)) : reached;
    }

    private ulong ReachedBy<TMeasure>(ImmutableArray<Member> half, TMeasure measure)
        where TMeasure : struct, IMeasure
    {
        Invariant.Check(half.Length is > 0 and <= 256);
        Span<ulong> reached = stackalloc ulong[half.Length];
        for (int i = 0; i < half.Length; i++)
            reached[i] = Value(half[i], measure);
        reached.Sort();
        return reached[(half.Length - 1) / 2]; // so many and all above it are a majority
    }

    private ulong Value<TMeasure>(Member member, TMeasure measure)
        where TMeasure : struct, IMeasure
    {
        if (member.Id == server.Self)
            return member.Is(server.Self, server.Instance) ? measure.Own : 0;
        Progress? peer = Find(member.Id);
        return peer is not null && member.Is(peer.Id, peer.Instance) ? measure.Of(peer) : 0;
    }

    private void Take(Member member)
    {
        if (member.Id == server.Self)
            return;
        int at = peers.FindIndex(peer => peer.Id == member.Id);
        if (at < 0)
            peers.Add(Progress.Begin(server.Options, member, server.Log.Last.Index, server.Now));
        else if (peers[at].Instance.IsOpen)
            peers[at].Instance = member.Instance;
        else if (!member.Is(member.Id, peers[at].Instance))
            peers[at] = Progress.Begin(server.Options, member, server.Log.Last.Index, server.Now);
    }
}

/// <summary>matchIndex; a leader counts itself only as far as its own disk has got.</summary>
internal readonly struct MatchMeasure(LogIndex durable) : IMeasure
{
    /// <inheritdoc/>
    public ulong Own => durable.Value;

    /// <inheritdoc/>
    public ulong Of(Progress peer) => peer.Match.Value;
}

/// <summary>The newest read round confirmed.</summary>
internal readonly struct RoundMeasure(ulong newest) : IMeasure
{
    /// <inheritdoc/>
    public ulong Own => newest;

    /// <inheritdoc/>
    public ulong Of(Progress peer) => peer.Round;
}

/// <summary>When last heard from.</summary>
internal readonly struct HeardMeasure(Tick now) : IMeasure
{
    /// <inheritdoc/>
    public ulong Own => (ulong)now.Value;

    /// <inheritdoc/>
    public ulong Of(Progress peer) => (ulong)peer.Heard.Value;
}
