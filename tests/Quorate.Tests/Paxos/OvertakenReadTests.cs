using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Tests.Engines;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>
/// A leader that another has overtaken, and does not know it: no read that it serves misses what was answered before (docs/protocols/multi-paxos.md, rule 12
/// and "Reads").
/// </summary>
public sealed class OvertakenReadTests
{
    private static readonly CoreOptions rounds = new() { ReconfigurationWindow = 4 };
    private static readonly CoreOptions leases = rounds with { LeaseReads = true };
    private static readonly QuorumSizes fourAndTwo = new(4, 2);

    private TestNetwork network = null!;
    private TestMember leader = null!; // the one to be overtaken
    private TestMember witness = null!; // the only other voter that accepts its last proposals
    private TestMember[] rivals = []; // the other voters
    private TestMember[] newcomers = []; // learners, to be voters
    private ulong reads;

    /// <summary>
    /// Four of five elect another leader, which decides with two of them a change to six voters and a command. The old one hears late that it had all of that
    /// accepted; the sixth, which knows of no other, confirms the round of a read that has waited since.
    /// </summary>
    [Fact]
    public void A_round_confirmed_by_the_voters_of_later_slots_says_nothing_of_earlier_ones()
    {
        Start(rounds with { Quorums = fourAndTwo }, voters: 5, learners: 1);
        network.Late.Add((witness.Id, leader.Id));
        network.Run(rounds.HeartbeatTicks);
        int early = network.Messages.Count; // by these the old leader goes on hearing a voter
        foreach (TestMember voter in rivals.Append(witness))
            CutOff(voter, newcomers[0]);
        ProposeToWitness(Promote(newcomers[0]));
        network.Run(rounds.ElectionTicks / 2);
        for (int i = 0; i < early; i++)
            network.Deliver(0);
        RunUntil(() => network.Leader != leader);
        Assert.True(leader.IsLeader);
        LogIndex answered = network.Leader!.Applied;
        Assert.True(answered > leader.Applied);

        network.Late.Add((newcomers[0].Id, leader.Id));
        leader.Do(core => core.Read(1));
        network.Settle();
        Release(witness, leader);
        Assert.Empty(leader.Reads);
        Release(newcomers[0], leader);
        ReadOutcome read = Assert.Single(leader.Reads);
        Assert.Equal(Refusal.None, read.Refusal);
        Assert.True(read.Index >= answered, $"served at {read.Index}, and {answered} was answered before");
    }

    /// <summary>
    /// The old leader reads by a lease of the sixth voter, which only its configuration names. Four of five, who had not learned of that one, elect another
    /// leader: the sixth follows it, and may not promise it anything yet.
    /// </summary>
    [Fact]
    public void Who_gave_a_lease_promises_nothing_to_a_leader_elected_without_it()
    {
        Start(leases with { Quorums = fourAndTwo }, voters: 5, learners: 1);
        ProposeToWitness(Promote(newcomers[0]));
        Release(witness, leader);
        CheckOvertaken();
    }

    /// <summary>
    /// As before, where a change leaves two majorities without a common voter: the other leader is out, and hands over. It asks the first of two, of which one
    /// gave the lease: that one must neither stand nor promise.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void Nor_does_it_help_when_that_leader_hands_over(int lender)
    {
        Start(leases, voters: 3, learners: 2);
        ProposeToWitness(Remove(witness), Remove(rivals[0]), Promote(newcomers[0]), Promote(newcomers[1]));
        Release(witness, leader);
        CutOff(leader, newcomers[1 - lender]);
        CheckOvertaken();
    }

    /// <summary>A leader hands over and stops. Before its successor's Prepare arrives, others have elected a third one, of a lower ballot of the same round.</summary>
    [Fact]
    public void A_late_hand_over_does_not_break_the_lease_of_the_next_leader()
    {
        Start(leases, voters: 5, learners: 0);
        TestMember next = rivals[0];
        TestMember target = witness;
        Assert.True(next.Id.CompareTo(target.Id) < 0); // of two ballots of one round the target's is the higher
        network.Late.Add((leader.Id, target.Id));
        leader.Do(core => core.Transfer(target.Id));
        leader.Crash(0);
        network.Run(leases.ElectionTicks * 6 / 10);
        network.Late.UnionWith(network.Members.Select(member => (target.Id, member.Id)));
        Release(leader, target);
        Assert.Equal(CoreRole.Candidate, target.Core.Status.Role);

        RunUntil(() =>
        {
            next.Do(core => core.Campaign());
            network.Settle();
            return next.IsLeader;
        });
        Assert.Equal(CoreRole.Candidate, target.Core.Status.Role);
        Read(next);
        Assert.Equal(reads, (ulong)next.Reads.Count); // by its lease

        foreach (TestMember voter in rivals[1..])
        {
            network.Late.Add((voter.Id, next.Id));
            Release(target, voter);
        }

        target.Propose([1]);
        network.Settle();
        Read(next);
        Assert.False(target.IsLeader);
    }

    /// <summary>The voters that know nothing of the change elect another leader. The old one, whose newcomers' answers are late from then on, must read nothing stale.</summary>
    private void CheckOvertaken()
    {
        Assert.False(leader.Core.Configuration.IsJoint);
        Assert.Contains(leader.Core.Configuration.Voters, voter => voter.Id == newcomers[0].Id);
        CutOff(leader, witness);
        (NodeId, NodeId)[] toNewcomers = [.. rivals.Append(witness).SelectMany(voter => newcomers.Select(newcomer => (voter.Id, newcomer.Id)))];
        network.Late.UnionWith(toNewcomers);
        RunUntil(() => network.Leader != leader);
        Assert.True(leader.IsLeader);
        network.Late.UnionWith(newcomers.Select(newcomer => (newcomer.Id, leader.Id)));
        network.Late.ExceptWith(toNewcomers);
        network.Settle();
        LogIndex before = network.LastDecided;
        int asked = leases.ElectionTicks / 2;
        for (int tick = 0; tick < asked; tick++)
        {
            network.Leader!.Propose([9]);
            network.Settle();
            Read(leader);
            network.Run(1);
        }

        Assert.Equal(asked, leader.Reads.Count); // by its lease
        network.Late.Clear();
        network.Cut.Clear();
        network.Run(4 * leases.ElectionTicks);
        network.Leader!.Propose([10]);
        network.Settle();
        Assert.Equal(network.Leader!.Core.Status.Last, network.LastDecided);
        Assert.True(network.LastDecided > before);
    }

    /// <summary>Reads, and judges what is served at once.</summary>
    private void Read(TestMember at)
    {
        LogIndex answered = network.LastDecided;
        ulong read = ++reads;
        at.Do(core => core.Read(read));
        foreach (ReadOutcome outcome in at.Reads.Where(outcome => outcome.RequestId == read && outcome.Refusal == Refusal.None))
            Assert.True(outcome.Index >= answered, $"served at {outcome.Index}, and {answered} was answered before");
    }

    private void Start(CoreOptions options, int voters, int learners)
    {
        network = new TestNetwork(options, new MultiPaxosEngine()).WithMembers(voters, open: false);
        leader = network.Elect();
        network.Run(20);
        TestMember[] others = [.. network.Members.Where(member => member != leader)];
        (rivals, witness) = (others[..^1], others[^1]);
        newcomers = [.. Enumerable.Range(voters + 1, learners).Select(id => network.Add((ulong)id, Configuration.Empty))];
        foreach (TestMember newcomer in newcomers)
        {
            Change(new MemberChange(ChangeKind.Add, new Member(newcomer.Id, newcomer.Instance, MemberRole.Learner, default)));
            network.Run(30);
        }

        network.Run(2 * options.ElectionTicks);
        Assert.True(leader.IsLeader);
    }

    /// <summary>
    /// A change, and commands for all slots before those of the new voters. Of the voters only the witness gets them, its answers are late, and the old leader
    /// is cut off from then on.
    /// </summary>
    private void ProposeToWitness(params MemberChange[] steps)
    {
        foreach (TestMember rival in rivals)
            CutOff(leader, rival);
        network.Late.Add((witness.Id, leader.Id));
        Change(steps);
        for (byte i = 1; i < rounds.ReconfigurationWindow; i++)
            leader.Propose([i]);
        network.Settle();
        network.Cut.Add((leader.Id, witness.Id));
    }

    private void Change(params MemberChange[] steps) =>
        Assert.Equal(Refusal.None, leader.Do(core => core.Change(new ConfigurationChange(1, steps))));

    private void RunUntil(Func<bool> reached)
    {
        for (int ticks = 0; !reached(); ticks++)
        {
            Assert.True(ticks < 3 * rounds.ElectionTicks);
            network.Run(1);
        }
    }

    private void CutOff(TestMember one, TestMember other) => network.Cut.UnionWith([(one.Id, other.Id), (other.Id, one.Id)]);

    private void Release(TestMember from, TestMember to)
    {
        network.Late.Remove((from.Id, to.Id));
        network.Settle();
    }

    private static MemberChange Promote(TestMember member) => Step(ChangeKind.Promote, member);

    private static MemberChange Remove(TestMember member) => Step(ChangeKind.Remove, member);

    private static MemberChange Step(ChangeKind kind, TestMember member) =>
        new(kind, new Member(member.Id, member.Instance, MemberRole.Voter, default));
}
