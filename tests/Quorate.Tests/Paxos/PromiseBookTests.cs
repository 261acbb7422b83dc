using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Xunit;
using PaxosServer = Quorate.Paxos.MultiPaxos.Server;

namespace Quorate.Tests.Paxos;

/// <summary>What a candidate makes of the promises that it is given.</summary>
public sealed class PromiseBookTests
{
    private static readonly Ballot before = new(1, new NodeId(2));

    [Fact]
    public void A_promise_whose_slots_can_be_held_counts() => Assert.True(Counts(SlotWindow.SpanMax));

    [Fact]
    public void A_promise_that_names_a_slot_too_far_on_to_be_held_does_not() => Assert.False(Counts(SlotWindow.SpanMax + 1));

    [Fact]
    public void A_piece_after_one_that_is_lost_does_not_count_until_what_was_lost_is_proposed()
    {
        (PaxosServer server, PromiseBook book) = Begun();
        Assert.False(Add(server, book, 5, 9, PromiseRest.Nothing));
        book.Ask(new LogIndex(4), handedOver: Ballot.Zero, WriteNumber.None); // slot 4 was lost, too
        Assert.False(Add(server, book, 5, 9, PromiseRest.Nothing));
        book.Ask(new LogIndex(5), handedOver: Ballot.Zero, WriteNumber.None);
        Assert.True(Add(server, book, 5, 9, PromiseRest.Nothing));
    }

    /// <summary>What answers an earlier question goes on as what answers the later one.</summary>
    [Fact]
    public void Pieces_of_several_questions_count_together_where_they_leave_no_gap()
    {
        (PaxosServer server, PromiseBook book) = Begun();
        book.Ask(new LogIndex(4), handedOver: Ballot.Zero, WriteNumber.None);
        Assert.False(Add(server, book, 1, 6, PromiseRest.Piece));
        Assert.False(Add(server, book, 7, 9, PromiseRest.Nothing));
        Assert.False(Add(server, book, 4, 7, PromiseRest.Piece));
        Assert.True(Add(server, book, 7, 9, PromiseRest.Nothing));
    }

    /// <summary>It says that there is nothing from there on, whatever was asked since.</summary>
    [Fact]
    public void A_promise_that_ends_before_the_slot_asked_about_counts()
    {
        (PaxosServer server, PromiseBook book) = Begun();
        book.Ask(new LogIndex(9), handedOver: Ballot.Zero, WriteNumber.None);
        Assert.True(Add(server, book, 1, 4, PromiseRest.Nothing));
    }

    [Fact]
    public void The_rest_is_asked_for_once()
    {
        (PaxosServer server, PromiseBook book) = Begun();
        server.Output.Clear();
        Assert.False(Add(server, book, 1, 6, PromiseRest.OnRequest));
        Assert.False(Add(server, book, 1, 6, PromiseRest.OnRequest));
        Assert.Single(server.Output.Messages);
    }

    /// <summary>Whether member 2's promise counts for member 1, which knows nothing decided, where it names one value, in this slot.</summary>
    private static bool Counts(ulong slot)
    {
        (PaxosServer server, PromiseBook book) = Begun();
        Entry[] accepted = [new Entry(new LogIndex(slot), before.Epoch, EntryKind.NoOp, Payload.Empty)];
        var promise = new Promise(server.Promised, new LogIndex(1), new LogIndex(slot + 1), PromiseRest.Nothing, LogIndex.Zero, accepted);
        bool whole = book.Add(new NodeId(2), new InstanceId(2), promise);
        Assert.Equal(whole, book.Promised != 0);
        return whole;
    }

    private static bool Add(PaxosServer server, PromiseBook book, ulong from, ulong next, PromiseRest rest) =>
        book.Add(new NodeId(2), new InstanceId(2), new Promise(server.Promised, new LogIndex(from), new LogIndex(next), rest, LogIndex.Zero, []));

    /// <summary>Member 1 of three, which asks about all slots.</summary>
    private static (PaxosServer Server, PromiseBook Book) Begun()
    {
        var server = new PaxosServer(new CoreOptions());
        var voters = new Configuration([.. Enumerable.Range(1, 3).Select(Voter)], []);
        server.Begin(new CoreStart(new Tick(0), new NodeId(1), new InstanceId(1), default, SnapshotInfo.Initial(voters), Seed: 1));
        server.Recovered();
        server.Promise(new Ballot(2, new NodeId(1)));
        server.Roster.Begin();
        var book = new PromiseBook(server);
        book.Begin();
        book.Ask(new LogIndex(1), handedOver: Ballot.Zero, WriteNumber.None);
        return (server, book);
    }

    private static Member Voter(int number) => new(new NodeId((ulong)number), new InstanceId((ulong)number), MemberRole.Voter, ReadOnlyMemory<byte>.Empty);
}
