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
internal sealed class PeerTable(Server server) : PeerTable<Progress>(server)
{
    /// <summary>Voters in a half: what a quorum has reached is sorted out on the stack.</summary>
    public const int VotersMax = 256;

    private readonly Server server = server;

    /// <inheritdoc/>
    /// <remarks>Whoever is elected is elected by the configuration in force or the one before, and majorities of these two meet; docs/protocols/raft.md, Reads.</remarks>
    public override LogIndex BeforeQuorum => LogIndex.Zero;

    /// <inheritdoc/>
    public override ulong RoundOfQuorum(ulong newest) => ReachedByQuorum(new RoundMeasure(newest));

    /// <inheritdoc/>
    /// <remarks>Who is out of it stays until that is committed.</remarks>
    public override void Follow(Configuration configuration)
    {
        foreach (Progress peer in All)
            peer.Leaving = configuration.Find(peer.Id) is null;
        base.Follow(configuration);
    }

    /// <summary>The configuration is committed: who is out of it needs nothing more.</summary>
    public void ForgetLeaving() => All.RemoveAll(static peer => peer.Leaving);

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
        Invariant.Check(half.Length is > 0 and <= VotersMax);
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

    /// <inheritdoc/>
    /// <remarks>Figure 2: nextIndex is initialized to the leader's last log index + 1, matchIndex to 0.</remarks>
    protected override Progress New(NodeId id) => new(server.Options, id, next: server.Log.Last.Index.Next);
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

/// <summary>Whether a disk takes more entries: 1 or 0.</summary>
internal readonly struct RoomMeasure : IMeasure
{
    /// <inheritdoc/>
    /// <remarks>A leader without room takes no entry at all.</remarks>
    public ulong Own => 1;

    /// <inheritdoc/>
    public ulong Of(Progress peer) => peer.HasRoom ? 1UL : 0;
}
