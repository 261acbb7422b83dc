using Quorate.Checkers;
using Quorate.Consensus;

namespace Quorate.Simulation;

/// <summary>
/// Two promises about leaders while links are bad: one whose quorum hears it and is heard stays, whatever the others do; one that hears no
/// quorum steps down. Both rest on pre-votes and on the quorum check, so without them nothing is asked. Owner: its world.
/// </summary>
internal sealed class LeaderWatch(World world) : IScheduled
{
    private const long LookEvery = 200 * Span.Millisecond;

    private readonly List<(Machine Member, int Starts)> quorum = [];
    private readonly SortedDictionary<ulong, long> cutOffSince = [];
    private Machine? leader;
    private int leaderStarts;
    private Epoch term;
    private Configuration? configuration;
    private long since;

    /// <summary>Begins to look.</summary>
    public void Begin()
    {
        CoreOptions core = world.Options.Replica.Core;
        if (core.PreVote && core.CheckQuorum)
            world.Time.After(LookEvery, this);
    }

    /// <summary>A leader hands over of its own will: it is not to stay.</summary>
    public void HandsOver(Machine member) => leader = leader == member ? null : leader;

    public void Fire(long argument)
    {
        world.Time.After(LookEvery, this);
        foreach (Machine member in world.Members)
            LookWhetherCutOff(member);
        if (leader is null || !IsUndisturbed())
            BeginAnew();
        else if (world.Time.NowNanoseconds - since < world.SettledAfter)
            LookEarly();
        else
            Judge();
    }

    /// <summary>Somebody may have entered a newer term before: that leader is not to stay.</summary>
    private void LookEarly()
    {
        if (!Leads(leader!, term) || !AllKnownUpTo(term))
            leader = null;
    }

    private void Judge() => CheckFailedException.Unless(
        Leads(leader!, term),
        Promise.Liveness,
        $"member {leader!.Id}, leader of term {term}, is deposed though a quorum has heard it and been heard for {(world.Time.NowNanoseconds - since) / 1e9:F1} s: {world.Describe()}");

    private void BeginAnew()
    {
        leader = world.Leader();
        if (leader is null || world.Watch.DecidedConfiguration.IsJoint)
        {
            leader = null;
            return;
        }

        (leaderStarts, term, since) = (leader.Starts, leader.Status!.Value.Epoch, world.Time.NowNanoseconds);
        configuration = leader.Process!.Core!.Configuration;
        quorum.Clear();
        foreach (Consensus.Member voter in configuration.Voters)
        {
            // Another life of a voter's disk answers, and counts nowhere.
            if (voter.Id != leader.Id && world.Find(voter.Id) is { } member && voter.Is(member.Id, member.LastInstance))
                quorum.Add((member, member.Starts));
        }

        if (!IsUndisturbed() || !AllKnownUpTo(term))
            leader = null;
    }

    /// <summary>Whether nothing has happened to leader and quorum that may cost it its office. Only links were bad, and not all of them.</summary>
    private bool IsUndisturbed()
    {
        quorum.RemoveAll(f => f.Member.Starts != f.Starts || !f.Member.IsWell || !world.Hears(leader!, f.Member) || !world.Hears(f.Member, leader!));
        return leader!.Starts == leaderStarts
            && leader.IsWell && leader.IsDiskWell
            && world.Injector.DisturbedAt < since
            && !configuration!.IsJoint
            && configuration.IsVoter(leader.Id, leader.LastInstance)
            && ReferenceEquals(leader.Process!.Core!.Configuration, configuration)
            && quorum.Count + 1 >= world.DecidingOf(configuration.Voters.Length);
    }

    private void LookWhetherCutOff(Machine member)
    {
        bool cutOff = member.Status is { Role: CoreRole.Leader } && member.IsWell && !HearsQuorum(member);
        if (!cutOff)
        {
            cutOffSince.Remove(member.Id.Value);
            return;
        }

        cutOffSince.TryAdd(member.Id.Value, world.Time.NowNanoseconds);
        long lasts = world.Time.NowNanoseconds - Math.Max(cutOffSince[member.Id.Value], world.Injector.DisturbedAt);
        CheckFailedException.Unless(
            lasts <= 2 * world.Options.ElectionNanoseconds,
            Promise.Liveness,
            $"member {member.Id} still leads though nothing of a quorum has reached it for {lasts / 1e9:F1} s: {world.Describe()}");
    }

    private bool HearsQuorum(Machine member)
    {
        Configuration inForce = member.Process!.Core!.Configuration;
        int heard = inForce.Voters.Count(v => v.Id == member.Id || !world.Network.LinkOf(v.Id, member.Id).Blocked);
        return heard >= world.DecidingOf(inForce.Voters.Length);
    }

    private bool AllKnownUpTo(Epoch highest) => world.Members.All(
        m => m.State == MemberState.Retired || (m.Status is { } status && status.Epoch <= highest));

    private static bool Leads(Machine member, Epoch term) =>
        member.Status is { Role: CoreRole.Leader } status && status.Epoch == term;
}
