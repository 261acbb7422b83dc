using Quorate.Consensus;
using Quorate.Paxos.Synod;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>The rules of the Synod one by one, then all of them under a bad network.</summary>
public sealed class SynodTests
{
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);
    private static readonly NodeId Three = new(3);
    private static readonly Value A = Value.Of("a");
    private static readonly Value B = Value.Of("b");

    [Fact]
    public void A_promise_keeps_lower_ballots_out()
    {
        var acceptor = new Acceptor(Ballot.Zero, null);
        Assert.Equal(new Promise(At(2, One), null), acceptor.Answer(new Prepare(At(2, One))));
        Assert.Equal(new Refused(At(1, Two), At(2, One)), acceptor.Answer(new Prepare(At(1, Two))));
        Assert.Equal(new Refused(At(1, Two), At(2, One)), acceptor.Answer(new Accept(At(1, Two), A)));
        Assert.Null(acceptor.Accepted);
        Assert.Equal(new Promise(At(2, One), null), acceptor.Answer(new Prepare(At(2, One)))); // repeated on its way
    }

    [Fact]
    public void A_vote_is_a_promise_too()
    {
        var acceptor = new Acceptor(Ballot.Zero, null);
        Assert.Equal(new Accepted(new Vote(At(3, One), A)), acceptor.Answer(new Accept(At(3, One), A)));
        Assert.Equal(new Refused(At(2, Two), At(3, One)), acceptor.Answer(new Prepare(At(2, Two))));
        Assert.Equal(new Promise(At(4, Two), new Vote(At(3, One), A)), acceptor.Answer(new Prepare(At(4, Two))));
    }

    [Fact]
    public void The_vote_of_the_highest_ballot_is_adopted()
    {
        var proposer = new Proposer(One, [One, Two, Three], quorum: 3, used: At(4, One)) { Own = Value.Of("own") };
        Ballot ballot = proposer.Begin(Ballot.Zero).Ballot;
        Assert.Equal(At(5, One), ballot);
        Assert.Null(proposer.Hear(One, new Promise(ballot, new Vote(At(1, Two), A))));
        Assert.Null(proposer.Hear(One, new Promise(ballot, new Vote(At(1, Two), A)))); // repeated
        Assert.Null(proposer.Hear(Two, new Promise(ballot, new Vote(At(3, Three), B))));
        Assert.Null(proposer.Hear(Three, new Promise(At(4, One), null))); // of an earlier ballot
        Assert.Equal(new Accept(ballot, B), proposer.Hear(Three, new Promise(ballot, new Vote(At(2, Two), A))));
    }

    [Fact]
    public void Without_votes_the_own_value_is_proposed_and_refusals_raise_the_round()
    {
        var proposer = new Proposer(Two, [One, Two, Three], quorum: 2, used: Ballot.Zero) { Own = A };
        Ballot first = proposer.Begin(Ballot.Zero).Ballot;
        Assert.True(proposer.Hear(new Refused(first, At(9, Three))));
        Assert.Equal(ProposerPhase.Idle, proposer.Phase);
        Ballot second = proposer.Begin(Ballot.Zero).Ballot;
        Assert.Equal(At(10, Two), second);
        Assert.Null(proposer.Hear(One, new Promise(second, null)));
        Assert.Equal(new Accept(second, A), proposer.Hear(Three, new Promise(second, null)));
    }

    [Fact]
    public void Votes_of_different_ballots_decide_nothing()
    {
        var learner = new Learner([One, Two, Three], quorum: 2, decided: null);
        Assert.False(learner.Hear(One, new Accepted(new Vote(At(1, One), A))));
        Assert.False(learner.Hear(One, new Accepted(new Vote(At(1, One), A))));
        Assert.False(learner.Hear(Two, new Accepted(new Vote(At(2, One), A))));
        Assert.Null(learner.Decision);
        Assert.True(learner.Hear(Three, new Accepted(new Vote(At(2, One), A))));
        Assert.Equal(A, learner.Decision);
    }

    [Fact]
    public void Nothing_leaves_before_what_it_speaks_of_is_durable()
    {
        var options = new SynodOptions { Self = One, Acceptors = [One, Two, Three], Learners = [One, Two, Three] };
        SynodMember member = Member(options);
        member.Receive(Two, new Prepare(At(1, Two)));
        ExpectHeld(member, new WriteNumber(1), SynodMessageKind.Promise);
        member.Receive(Two, new Prepare(At(1, Two))); // repeated while the first is not durable
        Assert.All(member.Output.Messages, m => Assert.Equal(new WriteNumber(1), m.After));
        member.Output.Clear();
        member.Receive(Two, new Accept(At(1, Two), A));
        ExpectHeld(member, new WriteNumber(2), SynodMessageKind.Accepted);
        member.Propose(B);
        ExpectHeld(member, new WriteNumber(3), SynodMessageKind.Prepare);
        Assert.Null(member.Decision);
        member.Durable(new WriteNumber(3)); // its own vote and promise count now
        Assert.Equal(At(2, One), member.State.Promised);
    }

    [Fact]
    public void A_decided_value_is_decided_again()
    {
        var network = new SynodNetwork(3);
        network.Propose(1, "a");
        network.Settle();
        Assert.All(network.All, m => Assert.Equal(A, m.Decision));

        // Three comes back without a disk's knowledge of the decision, which it may lose: it asks by proposing.
        var asks = new SynodMember(
            new SynodOptions { Self = Three, Acceptors = network.Ids, Learners = network.Ids }, network[3].State with { Decided = null }, new Prng(9));
        asks.Propose(B);
        Assert.Equal(SynodMessageKind.Prepare, asks.Output.Messages[0].Message.Kind);
        asks.Durable(new WriteNumber(1));
        asks.Durable(new WriteNumber(2));
        asks.Output.Clear();
        network.Do(One, m => m.Receive(Three, new Prepare(asks.State.Used)));
        (_, _, SynodMessage promise) = network.Flights.Single();
        asks.Receive(One, promise);
        Assert.Contains(asks.Output.Messages, m => m.Message == new Accept(asks.State.Used, A));
    }

    [Fact]
    public void A_distinguished_learner_tells_the_others()
    {
        var network = new SynodNetwork(5, o => o with { Distinguished = [Two] });
        network.Propose(4, "a");
        network.Settle();
        Assert.All(network.All, m => Assert.Equal(A, m.Decision));
    }

    [Fact]
    public void A_learner_that_nobody_would_learn_from_and_an_acceptor_of_two_votes_are_refused()
    {
        var options = new SynodOptions { Self = One, Acceptors = [One, Two, Three], Learners = [Two, Three] };
        ArgumentException deaf = Assert.Throws<ArgumentException>(() => Member(options with { Distinguished = [Two, One] }));
        Assert.Contains("learner 1", deaf.Message, StringComparison.Ordinal);
        ArgumentException twice = Assert.Throws<ArgumentException>(() => Member(options with { Acceptors = [One, Two, Two] }));
        Assert.Contains("acceptor 2", twice.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Options_out_of_their_range_are_refused_each_in_one_line()
    {
        var options = new SynodOptions { Self = One, Acceptors = [One, Two, Three], Learners = [One, Two, Three] };
        Assert.StartsWith("there is no acceptor", CauseOf(options with { Acceptors = [] }), StringComparison.Ordinal);
        Assert.StartsWith("a ballot of 0 ticks", CauseOf(options with { BallotTicks = 0 }), StringComparison.Ordinal);
        Assert.StartsWith("a wait of 0 ticks", CauseOf(options with { Backoff = new Backoff(0, 10, 5) }), StringComparison.Ordinal);
        Assert.StartsWith("a wait cannot be spread over -1 ticks", CauseOf(options with { Backoff = new Backoff(1, -1, 5) }), StringComparison.Ordinal);
        Assert.StartsWith("a spread that doubles -1 times", CauseOf(options with { Backoff = new Backoff(1, 10, -1) }), StringComparison.Ordinal);
        Assert.StartsWith("a spread that doubles 21 times", CauseOf(options with { Backoff = new Backoff(1, 10, 21) }), StringComparison.Ordinal);
        Member(options with { BallotTicks = 1, Backoff = new Backoff(1, 0, 0) });
        Member(options with { Backoff = new Backoff(1, 10, 20) });

        static string CauseOf(SynodOptions wrong)
        {
            string refused = Assert.Throws<ArgumentException>(() => Member(wrong)).Message;
            Assert.DoesNotContain('\n', refused);
            return refused;
        }
    }

    [Fact]
    public void A_proposer_that_is_no_learner_is_refused_the_time_to_go_on_for_ever()
    {
        SynodMember member = Member(new SynodOptions { Self = One, Acceptors = [One, Two, Three], Learners = [Two, Three] });
        member.Advance(new Tick(1)); // it may well vote
        member.Propose(A);
        InvalidOperationException endless = Assert.Throws<InvalidOperationException>(() => member.Advance(new Tick(2)));
        Assert.Contains("no learner", endless.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_proposers_that_wait_equally_long_duel_for_ever_and_chance_ends_it()
    {
        Assert.Equal(0, Duel(new Backoff(LeastTicks: 2, SpreadTicks: 0, Doublings: 0), ticks: 5000));
        Assert.Equal(5, Duel(new Backoff(LeastTicks: 2, SpreadTicks: 8, Doublings: 4), ticks: 5000));
    }

    [Fact]
    public void Flexible_quorums_decide_with_fewer_votes_and_refuse_sizes_that_do_not_meet()
    {
        var network = new SynodNetwork(5, o => o with { Quorums = new QuorumSizes(4, 2) });
        network.Propose(1, "a");
        network.Flights.RemoveAll(f => f.To == new NodeId(5)); // phase 1 needs four
        while (network.Flights.Any(f => f.Message is Prepare or Promise))
            network.Deliver(network.Flights.FindIndex(f => f.Message is Prepare or Promise));
        network.Flights.RemoveAll(f => f.Message is Accept && f.To != Two);
        network.Settle();
        Assert.Equal(A, network[1].Decision); // its own vote and the second's
        Assert.Throws<QuorumSizesException>(() => new SynodNetwork(5, o => o with { Quorums = new QuorumSizes(3, 2) }));
    }

    /// <summary>Any message lost, late, repeated, out of order; members that lose power: agreement, validity, and in the end a decision.</summary>
    [Theory]
    [InlineData(3, 0)]
    [InlineData(4, 0)]
    [InlineData(5, 0)]
    [InlineData(5, 2)]
    public void Agreement_under_a_bad_network(int size, int phase2)
    {
        for (ulong seed = 1; seed <= 150; seed++)
        {
            var chance = new Prng(seed * 1_000_003);
            QuorumSizes quorums = phase2 == 0 ? QuorumSizes.Majority : new QuorumSizes(size - phase2 + 1, phase2);
            var network = new SynodNetwork(size, o => o with { Quorums = quorums, Distinguished = seed % 3 == 0 ? [One] : [] });
            string[] wishes = [.. Enumerable.Range(1, size).Select(i => $"value {i}")];
            long now = 0;
            for (int step = 0; step < 400; step++)
            {
                Misfortune(network, chance, wishes, ref now);
                network.ExpectAgreement(wishes);
            }

            network.Propose(1, wishes[0]);
            for (int i = 2; i <= size; i++)
                network.Propose(i, wishes[i - 1]);
            for (int tick = 0; tick < 3000 && network.All.Any(m => m.Decision is null); tick++)
            {
                network.Advance(new Tick(++now));
                for (int due = network.Flights.Count; due > 0; due--)
                    network.Deliver((int)chance.Below((ulong)network.Flights.Count));
            }

            network.ExpectAgreement(wishes);
            Assert.All(network.All, m => Assert.NotNull(m.Decision));
        }
    }

    [Fact]
    public void Messages_and_states_come_back_as_they_were_and_damage_is_seen()
    {
        SynodMessage[] all =
        [
            new Prepare(At(1, Two)), new Promise(At(1, Two), null), new Promise(At(3, Two), new Vote(At(1, One), A)), new Refused(At(1, Two), At(2, One)),
            new Accept(At(1, Two), Value.Of("")), new Accepted(new Vote(At(1, Two), B)), new Decided(A),
        ];
        foreach (SynodMessage message in all)
        {
            byte[] bytes = SynodCodec.Encode(message);
            Assert.Equal(message, SynodCodec.TryDecode(bytes));
            for (int i = 0; i < bytes.Length; i++)
            {
                bytes[i] ^= 1;
                Assert.Null(SynodCodec.TryDecode(bytes));
                bytes[i] ^= 1;
                Assert.Null(SynodCodec.TryDecode(bytes.AsSpan(0, i)));
            }
        }

        var state = new SynodState(At(3, One), At(4, Two), new Vote(At(2, Two), A), B);
        Assert.Equal(state, SynodState.TryRead(state.ToBytes()));
        Assert.Equal(SynodState.Empty, SynodState.TryRead(SynodState.Empty.ToBytes()));
        Assert.Null(SynodState.TryRead([]));
    }

    private static SynodMember Member(SynodOptions options) => new(options, SynodState.Empty, new Prng(1));

    private static Ballot At(ulong round, NodeId proposer) => new(round, proposer);

    private static void ExpectHeld(SynodMember member, WriteNumber after, SynodMessageKind kind)
    {
        Assert.Equal(after, member.Output.Writes.Single().Number);
        Assert.NotEmpty(member.Output.Messages);
        Assert.All(member.Output.Messages, m => Assert.Equal((after, kind), (m.After, m.Message.Kind)));
        member.Output.Clear();
    }

    /// <summary>Members 1 and 5 propose. A message takes a tick, but an Accept, which carries the value, six: so each is overtaken by the other's Prepare.</summary>
    /// <returns>How many members know a decision in the end.</returns>
    private static int Duel(Backoff backoff, int ticks)
    {
        var network = new SynodNetwork(5, o => o with { Backoff = backoff });
        var due = new List<(int Tick, NodeId From, NodeId To, SynodMessage Message)>();
        for (int tick = 1; tick <= ticks; tick++)
        {
            if (tick is 1 or 6)
                network.Propose(tick == 1 ? 1 : 5, tick == 1 ? "a" : "b");
            network.Advance(new Tick(tick));
            for (int i = 0; i < due.Count; i++)
            {
                if (due[i].Tick > tick)
                    continue;
                (_, NodeId from, NodeId to, SynodMessage message) = due[i];
                due.RemoveAt(i--);
                network.Do(to, m => m.Receive(from, message));
            }

            due.AddRange(network.Flights.Select(f => (tick + (f.Message is Accept ? 6 : 1), f.From, f.To, f.Message)));
            network.Flights.Clear();
        }

        return network.All.Count(m => m.Decision is not null);
    }

    private static void Misfortune(SynodNetwork network, Prng chance, string[] wishes, ref long now)
    {
        int member = (int)chance.Below((ulong)wishes.Length);
        switch (chance.Below(20))
        {
            case 0:
                network.Restart(network.Ids[member]);
                break;
            case < 3:
                network.Propose(member + 1, wishes[member]);
                break;
            case < 6:
                network.Advance(new Tick(now += 3));
                break;
            case < 8 when network.Flights.Count > 0:
                network.Flights.RemoveAt((int)chance.Below((ulong)network.Flights.Count));
                break;
            default:
                if (network.Flights.Count > 0)
                    network.Deliver((int)chance.Below((ulong)network.Flights.Count), keep: chance.Chance(1, 5));
                break;
        }
    }
}
