using Quorate.Consensus;

namespace Quorate.Paxos.MultiPaxos;

/// <summary>A leader's peers, by id, voters and learners, of the configuration in force and of the pending one.</summary>
internal sealed class PeerTable(Server server) : PeerTable<Progress>(server)
{
    private readonly Server server = server;

    /// <inheritdoc/>
    public override LogIndex BeforeQuorum => server.Log.Configurations.Closing;

    /// <inheritdoc/>
    /// <remarks>
    /// A phase-2 quorum meets every phase-1 quorum of its own configuration: while it confirms the ballot, no other can decide anything in the slots that
    /// one rules.
    /// </remarks>
    public override ulong RoundOfQuorum(ulong newest) =>
        Math.Min(RoundOf(server.Roster.Current, newest), RoundOf(server.Roster.Pending, newest));

    /// <summary>Those heard from since <paramref name="since"/>, and the leader itself.</summary>
    public ulong HeardSince(Tick since)
    {
        ulong heard = server.Roster.Self;
        foreach (Progress peer in All)
        {
            if (peer.Heard > since)
                heard |= server.Roster.BitOf(peer.Id, peer.Instance);
        }

        return heard;
    }

    /// <summary>Those whose disks take more, as far as is known, and the leader itself.</summary>
    public ulong WithRoom()
    {
        ulong room = server.Roster.Self;
        foreach (Progress peer in All)
        {
            if (peer.HasRoom)
                room |= server.Roster.BitOf(peer.Id, peer.Instance);
        }

        return room;
    }

    /// <summary>Those that have every slot up to <paramref name="slot"/>, durably.</summary>
    public ulong MatchedUpTo(LogIndex slot)
    {
        ulong matched = 0;
        foreach (Progress peer in All)
        {
            if (peer.Match >= slot)
                matched |= server.Roster.BitOf(peer.Id, peer.Instance);
        }

        return matched;
    }

    /// <summary>Those whose disks say that everything up to <paramref name="slot"/> is decided, and the leader itself if its own does.</summary>
    public ulong KnowingDecided(LogIndex slot)
    {
        ulong knowing = server.DecidedOnDisk >= slot ? server.Roster.Self : 0;
        foreach (Progress peer in All)
        {
            if (peer.DecidedOnDisk >= slot)
                knowing |= server.Roster.BitOf(peer.Id, peer.Instance);
        }

        return knowing;
    }

    /// <inheritdoc/>
    /// <remarks>Who is in none is forgotten.</remarks>
    public override void Follow(Configuration configuration)
    {
        All.RemoveAll(peer => configuration.Find(peer.Id) is null);
        base.Follow(configuration);
    }

    /// <inheritdoc/>
    protected override Progress New(NodeId id) => new(server.Options, id);

    private ulong RoundOf(in QuorumOf quorum, ulong newest)
    {
        Span<ulong> rounds = stackalloc ulong[Roster.SeatsMax];
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
