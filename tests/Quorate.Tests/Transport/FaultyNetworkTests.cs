using Quorate.Consensus;
using Xunit;

namespace Quorate.Tests.Transport;

/// <summary>Members behind a proxy that does to their bytes what networks do.</summary>
public sealed class FaultyNetworkTests : IDisposable
{
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);

    private readonly TransportWorld world = new();
    private readonly TransportNode one;
    private readonly TransportNode two;
    private readonly FaultProxy beforeTwo;
    private readonly Configuration group = TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2));

    public FaultyNetworkTests()
    {
        one = world.Add(TransportWorld.Identity(1));
        two = world.Add(TransportWorld.Identity(2));
        beforeTwo = world.ProxyFor(two);
    }

    public void Dispose() => world.Dispose();

    [Fact]
    public void After_a_cut_the_link_is_back_within_tens_of_milliseconds()
    {
        LinkOneWay();
        world.Pass(TimeSpan.FromSeconds(1));
        beforeTwo.Cut();
        world.Until(() => one.Ends.Count == 1);

        world.UntilInTime(TimeSpan.FromMilliseconds(50), () => one.Links.Count == 2);
        one.Say(Two, "again");
        world.Until(() => two.Messages.Count == 1);

        Assert.Equal(1, one.CountersOf(Two).Disconnections);
    }

    [Fact]
    public void Streams_that_open_only_to_close_are_not_retried_in_a_rush()
    {
        LinkOneWay();
        int before = beforeTwo.Connections;
        for (int i = 0; i < 1000; i++)
        {
            beforeTwo.Cut();
            world.Pass(TimeSpan.FromMilliseconds(5));
        }

        // 5 s at no less than 3/8 s a try, and the quick ones at first.
        Assert.InRange(beforeTwo.Connections - before, 5, 22);
    }

    [Fact]
    public void Delay_shorter_than_the_silence_bound_breaks_nothing_and_keeps_order()
    {
        LinkOneWay();
        beforeTwo.Holds = true;
        for (int i = 0; i < 100; i++)
            one.Say(Two, $"{i}");
        world.Pass(TimeSpan.FromSeconds(4));
        Assert.Empty(two.Messages);

        beforeTwo.Holds = false;
        world.Until(() => two.Messages.Count == 100);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), two.Messages.Select(m => m.Text));
        Assert.Empty(one.Ends);
    }

    [Fact]
    public void A_half_open_link_ends_when_nothing_is_heard()
    {
        LinkOneWay();
        beforeTwo.Swallows = true;
        world.UntilInTime(TimeSpan.FromSeconds(7), () => one.Ends.Count == 1 && two.Ends.Count == 1);
        Assert.Contains("silent", one.Ends[0].Cause, StringComparison.Ordinal);
        Assert.False(one.IsLinkedWith(Two));
    }

    [Fact]
    public void While_what_we_dialed_is_half_open_what_they_dialed_carries()
    {
        LinkBothWays();
        beforeTwo.Swallows = true;
        world.Pass(TimeSpan.FromSeconds(4));
        Assert.Empty(one.Ends);

        one.Say(Two, "around");
        world.Until(() => two.Messages.Count == 1);
    }

    [Fact]
    public void A_link_that_lives_is_kept_for_good()
    {
        LinkBothWays();
        world.Pass(TimeSpan.FromSeconds(20));
        Assert.Empty(one.Ends);
        Assert.Empty(two.Ends);
    }

    [Fact]
    public void Damage_ends_the_stream_before_anything_damaged_is_taken()
    {
        LinkOneWay();
        beforeTwo.Damage = bytes =>
        {
            bytes.Span[^1] ^= 1;
            beforeTwo.Damage = null;
        };
        one.Say(Two, "a header whose last bit is turned");
        world.Until(() => two.Ends.Count == 1);

        Assert.Empty(two.Messages);
        Assert.Contains("damaged", two.Ends[0].Cause, StringComparison.Ordinal);
        Assert.Equal(1, two.CountersOf(One).ReceiveFailures);
    }

    [Fact]
    public void A_snapshot_stream_that_breaks_says_so_and_then_has_room_again()
    {
        LinkOneWay();
        Payload piece = Payload.Copy(one.Pool, new byte[1000]);
        one.Transport.SendSnapshot(Two, "s"u8, [piece]);
        world.Until(() => one.Rooms.Count == 1);
        Assert.True(one.Transport.SendSnapshot(Two, "s"u8, [piece]));
        world.Until(() => two.Snapshots.Count == 1);

        beforeTwo.Cut();
        world.UntilInTime(TimeSpan.FromSeconds(1), () => one.Broken.Count == 1 && one.Rooms.Count == 2);
        Assert.True(one.Transport.SendSnapshot(Two, "s"u8, [piece]));
        world.Until(() => two.Snapshots.Count == 2);
    }

    [Fact]
    public void A_restarted_member_is_linked_at_once()
    {
        LinkBothWays();
        world.Remove(two);
        world.Pass(TimeSpan.FromSeconds(3)); // one's waits have grown to their longest
        Assert.InRange(one.Ends.Count, 2, 20);

        TransportNode again = world.Add(TransportWorld.Identity(2, start: 2, nonce: 8));
        again.Connect(group);
        world.UntilInTime(TimeSpan.FromMilliseconds(20), () => one.IsLinkedWith(Two));
        one.Say(Two, "welcome back");
        world.Until(() => again.Messages.Count == 1);
    }

    [Fact]
    public void A_member_that_moves_is_found_at_its_new_address()
    {
        LinkOneWay();
        FaultProxy elsewhere = world.ProxyFor(two);
        one.Connect(group);
        world.UntilInTime(TimeSpan.FromMilliseconds(50), () => elsewhere.Connections == 1 && one.Links.Count == 2);
        Assert.Contains("address", one.Ends[0].Cause, StringComparison.Ordinal);
    }

    [Fact]
    public void A_member_taken_out_is_dialed_no_more()
    {
        LinkOneWay();
        one.Connect(TransportWorld.Group(TransportWorld.Voter(1)));
        world.Until(() => one.Ends.Count == 1);
        int before = beforeTwo.Connections;
        world.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal(before, beforeTwo.Connections);
    }

    private void LinkOneWay()
    {
        one.Connect(group);
        world.Until(() => one.IsLinkedWith(Two) && two.IsLinkedWith(One));
    }

    private void LinkBothWays()
    {
        one.Connect(group);
        two.Connect(group);
        world.Until(() => TransportWorld.FullyLinked(one, two));
    }
}
