using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// While a leader is left in peace, what it knows decided moves on as long as there is more and a quorum is well and linked with it; and whoever is well and
/// linked with it comes closer to it. Others may fare as they like. Owner: its world.
/// </summary>
internal sealed class ProgressWatch(World world) : IScheduled
{
    private const long LookEvery = 500 * Span.Millisecond;

    private readonly SortedDictionary<ulong, Standing> followers = [];
    private Machine? leader;
    private int leaderStarts;
    private Epoch epoch;
    private LogIndex commit;
    private LogIndex lastThen; // the leader's last entry when it had decided that
    private long since;
    private long commitMovedAt;

    /// <summary>Begins to look.</summary>
    public void Begin() => world.Time.After(LookEvery, this);

    public void Fire(long argument)
    {
        world.Time.After(LookEvery, this);
        if (!GoesOn())
        {
            BeginAnew();
            return;
        }

        Configuration configuration = leader!.Process!.Core!.Configuration;
        LookAtCommit(configuration);
        foreach (Consensus.Member named in configuration.Members)
        {
            if (world.Find(named.Id) is { } member)
                LookAt(member, named);
        }
    }

    private bool GoesOn() =>
        leader is not null && world.Leader() == leader && leader.Starts == leaderStarts && leader.Status!.Value.Epoch == epoch
        && leader.IsWell && leader.IsDiskWell && leader.Applies && world.Injector.DisturbedAt < since;

    private void BeginAnew()
    {
        followers.Clear();
        leader = world.Leader();
        since = commitMovedAt = world.Time.NowNanoseconds;
        if (leader is null)
            return;
        CoreStatus status = leader.Status!.Value;
        (leaderStarts, epoch, commit, lastThen) = (leader.Starts, status.Epoch, status.Commit, status.Last);
    }

    private void LookAtCommit(Configuration configuration)
    {
        long now = world.Time.NowNanoseconds;
        CoreStatus status = leader!.Status!.Value;
        int well = configuration.Voters.Count(v => v.Id == leader.Id || (followers.TryGetValue(v.Id.Value, out Standing? of) && KeepsUp(of) && HasLog(v.Id)));
        if (status.Commit != commit)
            (commit, lastThen, commitMovedAt) = (status.Commit, status.Last, now);
        else if (status.Last == status.Commit || configuration.IsJoint || well < world.DecidingOf(configuration.Voters.Length))
            commitMovedAt = now;
        CheckFailedException.Unless(
            now - commitMovedAt < world.SettledAfter,
            Promise.Liveness,
            $"member {leader.Id}, which leads in {epoch}, decides nothing for {(now - commitMovedAt) / 1e9:F1} s, though a quorum is well: {world.Describe()}");
    }

    /// <summary>Whether it has been well for long, and has all that is decided: who is behind must catch up first, and that may take long.</summary>
    private bool KeepsUp(Standing of) => world.Time.NowNanoseconds - of.WellSince >= world.SettledAfter && of.Applied >= commit;

    /// <summary>Whether it has as much as the leader had then: in Raft nothing is decided before all of an earlier term's entries are there, which may be many.</summary>
    private bool HasLog(NodeId id) => world.Find(id)!.Status is { } status && status.Last >= lastThen;

    private void LookAt(Machine member, Consensus.Member named)
    {
        long now = world.Time.NowNanoseconds;
        LogIndex applied = member.Process?.Driver.Loop?.Status.Applied ?? LogIndex.Zero;
        if (!followers.TryGetValue(member.Id.Value, out Standing? standing) || standing.Starts != member.Starts || !IsWell(member, named))
        {
            followers[member.Id.Value] = new Standing(member.Starts, now) { Applied = applied, SnapshotSteps = member.SnapshotSteps, MovedAt = now };
            return;
        }

        if (applied != standing.Applied || applied >= commit || member.SnapshotSteps != standing.SnapshotSteps)
            (standing.Applied, standing.SnapshotSteps, standing.MovedAt) = (applied, member.SnapshotSteps, now);
        CheckFailedException.Unless(
            now - standing.MovedAt < world.SettledAfter,
            Promise.Liveness,
            $"member {member.Id} has stood at entry {applied} for {(now - standing.MovedAt) / 1e9:F1} s, though it is well and linked with {leader!.Id}, which leads and is ahead: {world.Describe()}");
    }

    private bool IsWell(Machine member, Consensus.Member named) =>
        member.IsWell && member.IsDiskWell && member.Applies && (named.Instance.IsOpen || named.Instance == member.LastInstance)
        && (member == leader || (world.Hears(member, leader!) && world.Hears(leader!, member)));

    private sealed class Standing(int starts, long wellSince)
    {
        public int Starts => starts;

        public long WellSince => wellSince;

        public LogIndex Applied { get; set; }

        public long SnapshotSteps { get; set; }

        public long MovedAt { get; set; }
    }
}
