using Quorate.Checkers;
using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Quorate.Simulation;
using Xunit;
using Promise = Quorate.Checkers.Promise;

namespace Quorate.Tests.Simulation;

/// <summary>Who proposes in a slot must have been promised it by a phase-1 quorum of the configuration that rules it.</summary>
public sealed class ProposedSlotTests
{
    private const ulong Window = 4;

    private static readonly NodeId proposer = new(1);

    [Fact]
    public void Promises_of_a_quorum_are_enough() => Watch().ProposesSlot(proposer, 1, [By(1), By(2)]);

    [Fact]
    public void Past_the_window_nothing_is_asked() => Watch().ProposesSlot(proposer, Window + 1, []);

    [Fact]
    public void Too_few_promises_are_found_out() => IsFoundOut([By(1)]);

    [Fact]
    public void A_promise_of_later_slots_alone_is_none() => IsFoundOut([By(1), By(2, from: 2)]);

    [Fact]
    public void A_promise_of_another_life_is_none() => IsFoundOut([By(1), By(2, instance: 7)]);

    [Fact]
    public void A_promise_of_who_has_no_vote_is_none() => IsFoundOut([By(1), By(4)]);

    [Fact]
    public void The_size_of_phase_1_counts()
    {
        var sizes = new QuorumSizes(3, 1);
        Watch(sizes).ProposesSlot(proposer, 1, [By(1), By(2), By(3)]);
        IsFoundOut([By(1), By(2)], sizes);
    }

    private static void IsFoundOut(WholePromise[] promised, QuorumSizes? sizes = null)
    {
        var broken = Assert.Throws<CheckFailedException>(() => Watch(sizes).ProposesSlot(proposer, 1, promised));
        Assert.Equal(Promise.ElectionSafety, broken.Promise);
    }

    private static ClusterWatch Watch(QuorumSizes? sizes = null) => new(
        new Configuration([.. Enumerable.Range(1, 3).Select(id => new Member(new NodeId((ulong)id), new InstanceId((ulong)id), MemberRole.Voter, default))], []),
        keys: 1,
        new MultiPaxosEngine(),
        new CoreOptions { ReconfigurationWindow = (int)Window, Quorums = sizes ?? QuorumSizes.Majority });

    private static WholePromise By(ulong member, ulong from = 1, ulong? instance = null) => new(new Voter(member, instance ?? member), from);
}
