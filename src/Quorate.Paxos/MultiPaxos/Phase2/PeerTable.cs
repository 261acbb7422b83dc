using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>A leader's peers, by id, voters and learners, of the configuration in force and of the pending one.</summary>
internal sealed class PeerTable(Server server) : ILeaderView
{
    private readonly List<Progress> peers = [];

    /// <summary>All of them, by id.</summary>
    public List<Progress> All => peers;

    Tick ILeaderView.Now => server.Now;

    LogIndex ILeaderView.Commit => server.Log.Commit;

    /// <inheritdoc/>
    /// <remarks>A phase-2 quorum meets every phase-1 quorum: while it confirms the ballot, no other can decide anything.</remarks>
    ulong ILeaderView.RoundOfQuorum(ulong newest) =>
        Math.Min(RoundOf(server.Roster.Current, newest), RoundOf(server.Roster.Pending, newest));

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

    /// <summary>Whether the life of it that is spoken with counts in a quorum.</summary>
    public bool IsVoter(Progress peer) => server.Configuration.IsVoter(peer.Id, peer.Instance);

    /// <summary>Those heard from since <paramref name="since"/>, and the leader itself.</summary>
    public ulong HeardSince(Tick since)
    {
        ulong heard = server.Roster.Self;
        foreach (Progress peer in peers)
        {
            if (peer.Heard > since)
                heard |= server.Roster.BitOf(peer.Id, peer.Instance);
        }

        return heard;
    }

    /// <summary>Those that have every slot up to <paramref name="slot"/>, durably.</summary>
    public ulong MatchedUpTo(LogIndex slot)
    {
        ulong matched = 0;
        foreach (Progress peer in peers)
        {
            if (peer.Match >= slot)
                matched |= server.Roster.BitOf(peer.Id, peer.Instance);
        }

        return matched;
    }

    /// <summary>Knows nobody.</summary>
    public void Clear() => peers.Clear();

    /// <summary>The configurations have changed: newcomers begin, another instance begins anew, who is in none is forgotten.</summary>
    public void Follow()
    {
        Configuration latest = server.Configuration;
        peers.RemoveAll(peer => latest.Find(peer.Id) is null);
        foreach (Member member in latest.Members)
            Take(member);
        foreach (Member member in latest.Outgoing)
        {
            if (ReferenceEquals(latest.Find(member.Id), member)) // not in Members
                Take(member);
        }

        peers.Sort(static (a, b) => a.Id.CompareTo(b.Id));
    }

    private void Take(Member member)
    {
        if (member.Id == server.Self)
            return;
        int at = peers.FindIndex(peer => peer.Id == member.Id);
        if (at >= 0 && peers[at].Instance.IsOpen)
            peers[at].Instance = member.Instance;
        if (at >= 0 && member.Is(member.Id, peers[at].Instance))
            return;
        var begun = new Progress(server.Options, member.Id) { Instance = member.Instance, Heard = server.Now };
        if (at < 0)
            peers.Add(begun);
        else
            peers[at] = begun;
    }

    private ulong RoundOf(in QuorumOf quorum, ulong newest)
    {
        Span<ulong> rounds = stackalloc ulong[Roster.VotersMax];
        int voters = 0;
        for (int seat = 0; seat < server.Roster.Count; seat++)
        {
            if ((quorum.Voters >> seat & 1) == 0)
                continue;
            (NodeId id, InstanceId instance) = server.Roster[seat];
            rounds[voters++] = id == server.Self ? (instance == server.Instance ? newest : 0)
                : Find(id) is { } peer && peer.Instance == instance ? peer.Round
                : 0;
        }

        rounds = rounds[..voters];
        rounds.Sort();
        return rounds[voters - quorum.Phase2]; // so many, with all above it, are a quorum
    }
}
