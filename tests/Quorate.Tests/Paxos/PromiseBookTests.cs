using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>What a candidate makes of the promises that it is given.</summary>
public sealed class PromiseBookTests
{
    private static readonly Ballot before = new(1, new NodeId(2));

    [Fact]
    public void A_promise_whose_slots_can_be_held_counts() => Assert.True(Counts(SlotWindow.SpanMax));

    [Fact]
    public void A_promise_that_names_a_slot_too_far_on_to_be_held_does_not() => Assert.False(Counts(SlotWindow.SpanMax + 1));

    /// <summary>Whether member 2's promise counts for member 1, which knows nothing decided, where it names one value, in this slot.</summary>
    private static bool Counts(ulong slot)
    {
        var server = new Quorate.Paxos.MultiPaxos.Server(new CoreOptions());
        var voters = new Configuration([.. Enumerable.Range(1, 3).Select(Voter)], []);
        server.Begin(new CoreStart(new Tick(0), new NodeId(1), new InstanceId(1), default, SnapshotInfo.Initial(voters), Seed: 1));
        server.Recovered();
        server.Promise(new Ballot(2, new NodeId(1)));
        server.Roster.Begin();
        var book = new PromiseBook(server);
        book.Begin();
        var first = new LogIndex(1);
        book.Ask(first, handedOver: Ballot.Zero, WriteNumber.None);
        Entry[] accepted = [new Entry(new LogIndex(slot), before.Epoch, EntryKind.NoOp, Payload.Empty)];
        var promise = new Promise(server.Promised, first, new LogIndex(slot + 1), PromiseRest.Nothing, LogIndex.Zero, accepted);
        bool whole = book.Add(new NodeId(2), new InstanceId(2), promise);
        Assert.Equal(whole, book.Promised != 0);
        return whole;
    }

    private static Member Voter(int number) => new(new NodeId((ulong)number), new InstanceId((ulong)number), MemberRole.Voter, ReadOnlyMemory<byte>.Empty);
}
