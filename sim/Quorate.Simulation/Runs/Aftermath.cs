using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Simulation;

/// <summary>
/// What must come of a run once its faults end: in half of the seeds first a bare quorum is well, and the others stay away; then everybody is. A write is answered,
/// all members become equal, and each of them serves clients and operator.
/// </summary>
internal sealed class Aftermath
{
    /// <summary>After the heal a write is answered, and all members are equal, within so many election timeouts, of a second at least.</summary>
    public const int ElectionsMax = 100;

    /// <summary>In a cluster that has nothing to complain of, within so many.</summary>
    public const int CalmElectionsMax = 10;

    private readonly World world;
    private readonly Prng chance;
    private readonly List<Machine> paused = [];
    private long deadline;

    public Aftermath(World world)
    {
        this.world = world;
        chance = world.Streams.Of(StreamKind.Aftermath);
    }

    /// <summary>When all members had become equal; -1 before.</summary>
    public long EqualAt { get; private set; } = -1;

    private long Election => Math.Max(Span.Second, world.Options.ElectionNanoseconds);

    private Configuration Decided => world.Watch.DecidedConfiguration;

    /// <summary>Ends the faults, and lets time pass.</summary>
    public void Run()
    {
        Heal();
        BecomeEqual();
        ServeEachClient();
        HandOver();
        if (chance.Chance(1, 3))
            Change();
        Within(CalmElectionsMax, world.Options.Replica.RequestTicks * world.Options.TickNanoseconds);
        While(() => world.OpenRequests > 0, "requests have not ended");
        Within(ElectionsMax);
        While(() => !world.IsEqual, "the members do not come to the same state");
        world.CheckEnd();
    }

    private void Heal()
    {
        List<Machine> away = chance.Chance(1, 2) ? DrawAway() : [];
        world.Note(default, away.Count == 0 ? "heal" : $"heal, without {string.Join(", ", away.Select(m => m.Id))}");
        world.Injector.Heal(away);
        AwaitWrite([.. world.Members.Except(away)]);
        if (away.Count == 0)
            return;
        world.Note(default, "heal of the others");
        world.Injector.Heal([]);
    }

    private void BecomeEqual()
    {
        Within(ElectionsMax);
        While(() => !world.IsSettled, "the members are not all up, or a change has not ended");
        world.StopClients();
        While(() => !world.IsEqual, "the members do not come to the same state");
        EqualAt = world.Time.NowNanoseconds;
        While(() => world.Members.Any(m => m is { IsRunning: true, Process.Core.WritesPending: > 0 }), "a disk does not come to rest");
        While(() => !world.AllHear, "a message of before is on its way"); // what is sent after it waits for it
    }

    /// <summary>Everybody is asked for a write, again and again: the clients of the run may be few, and wait for somebody who is away.</summary>
    private void AwaitWrite(List<Machine> asked)
    {
        List<Client> clients = [.. asked.Select(m => new Client(world, Client.AwaitingNumberBase + (int)m.Id.Value, asks: false))];
        world.AwaitWrite();
        Within(ElectionsMax);
        While(
            () =>
            {
                paused.ForEach(m => m.Pause(Span.Second));
                for (int i = 0; i < asked.Count; i++)
                {
                    if (clients[i].IsIdle && asked[i] is { IsRunning: true, Process.Callers: { } callers })
                        clients[i].Ask(new StoreRequest(StoreRequestKind.Put, 0, Value: world.NextValue()), callers);
                }

                return world.FirstWriteAnsweredAt < 0;
            },
            "no write is answered");
    }

    /// <summary>
    /// Whom the others can do without: of a configuration that everybody else knows, as many voters as may be missing, those first that do not run anyway. Nobody,
    /// where another configuration may still come of what somebody has in his log, or was asked for, or where one of the others may find its disk damaged.
    /// </summary>
    private List<Machine> DrawAway()
    {
        Configuration decided = Decided;
        if (!world.Operator.IsIdle || decided.IsJoint || decided.Voters.Any(v => v.Instance.IsOpen) || world.OpenErrands > 0)
            return [];
        if (world.Watch.ProposedLast is { } proposed && !proposed.Voters.SequenceEqual(decided.Voters))
            return [];
        List<Machine> voters = [.. decided.Voters.Select(v => world.Find(v.Id)!)];
        int missing = voters.Count - world.WholeOf(voters.Count);
        List<Machine> away = [.. voters.Where(m => !m.IsRunning || !Knows(m, decided) || m.EverDamaged).Take(missing)];
        voters.RemoveAll(away.Contains);
        if (!voters.TrueForAll(m => m.IsRunning && Knows(m, decided) && !m.EverDamaged))
            return [];
        for (; away.Count < missing; voters.Remove(away[^1]))
            away.Add(voters[(int)chance.Below((ulong)voters.Count)]);
        away.ForEach(SendAway);
        return away;
    }

    private static bool Knows(Machine member, Configuration decided)
    {
        ObservedCore core = member.Process!.Core!;
        return !core.Configuration.IsJoint && core.Configuration.Voters.SequenceEqual(decided.Voters)
            && core.InForce.Configuration.Voters.SequenceEqual(decided.Voters);
    }

    private void SendAway(Machine member)
    {
        switch (chance.Below(3))
        {
            case 0:
                member.SwitchOff(power: chance.Chance(1, 2));
                break;
            case 1:
                paused.Add(member);
                break;
            default:
                world.Injector.Isolate(member);
                break;
        }
    }

    /// <summary>Each member answers a write, a linearizable and a serializable read.</summary>
    private void ServeEachClient()
    {
        foreach (Consensus.Member named in Decided.Members)
        {
            Machine member = world.Find(named.Id)!;
            var client = new Client(world, Client.ServedNumberBase + (int)named.Id.Value, asks: false);
            Within(CalmElectionsMax);
            Serve(member, client, new StoreRequest(StoreRequestKind.Put, 0, Value: world.NextValue()));
            Serve(member, client, new StoreRequest(StoreRequestKind.Get, 0));
            Serve(member, client, new StoreRequest(StoreRequestKind.List, Serializable: true));
        }
    }

    private void Serve(Machine member, Client client, in StoreRequest request)
    {
        int before = client.Answered;
        StoreRequest asked = request;
        While(
            () =>
            {
                if (client.Answered == before && client.IsIdle && member.Process?.Callers is { } callers)
                    client.Ask(asked, callers);
                return client.Answered == before;
            },
            $"member {member.Id} has not answered: {request}");
    }

    /// <summary>A voter is asked to lead, and does.</summary>
    private void HandOver()
    {
        List<Consensus.Member> others = [.. Decided.Voters.Where(v => v.Id != world.Leader()?.Id)];
        if (others.Count == 0)
            return;
        NodeId target = others[(int)chance.Below((ulong)others.Count)].Id;
        IReadOnlyList<Consensus.Member> members = Decided.Members;
        Machine asked = world.Find(members[(int)chance.Below((ulong)members.Count)].Id)!;
        bool ended = false;
        Failure? why = null;
        world.Injector.Disturb();
        bool led = false; // without pre-votes a former member may end its office at once
        world.Watch.LeaderAppeared += who => led |= who == target;
        asked.Process!.Callers!.Transfer(target, failure => (ended, why) = (true, failure));
        Within(CalmElectionsMax);
        While(() => !ended, $"member {asked.Id} has not said what became of the hand-over to {target}");
        CheckFailedException.Unless(why is null, Promise.Liveness, $"in a cluster that is well a hand-over to {target} fails: {why}; {world.Describe()}");
        CheckFailedException.Unless(led, Promise.Liveness, $"a hand-over to {target} is said to have ended, and it has not led: {world.Describe()}");
    }

    /// <summary>A member is added, brought up and promoted; another may leave for it.</summary>
    private void Change()
    {
        IReadOnlyList<Consensus.Member> voters = Decided.Voters;
        Machine? leaving = chance.Chance(1, 2) ? world.Find(voters[(int)chance.Below((ulong)voters.Count)].Id) : null;
        if (leaving is not null && !world.SurvivesWithout(leaving))
            leaving = null; // the operator would keep it: another is damaged, and nobody has noticed
        if (world.Injector.Add(leaving) is not { } added)
            return;
        world.Injector.Disturb();
        Within(ElectionsMax);
        While(() => !world.IsSettled, "a change has not ended");
        CheckFailedException.Unless(
            Decided.Find(added.Id) is { Role: MemberRole.Voter } && (leaving is null || Decided.Find(leaving.Id) is null),
            Promise.Liveness,
            $"in a cluster that is well {added.Id} is to be added, and {leaving?.Id} to leave, and it has not come to that: {world.Describe()}");
    }

    private void Within(int elections, long more = 0) => deadline = world.Time.NowNanoseconds + (elections * Election) + more;

    private void While(Func<bool> goesOn, string complaint)
    {
        while (goesOn())
        {
            CheckFailedException.Unless(world.Time.NowNanoseconds < deadline, Promise.Liveness, $"after the heal {complaint}: {world.Describe()}");
            world.Time.RunUntil(world.Time.NowNanoseconds + (50 * Span.Millisecond));
        }
    }
}
