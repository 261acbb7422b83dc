using System.Net.Sockets;
using Quorate.Consensus;
using Quorate.Transport;
using Xunit;

namespace Quorate.Tests.Transport;

/// <summary>Who is let in, and what is said of whom is not.</summary>
public sealed class AdmissionTests : IDisposable
{
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);

    private readonly TransportWorld world = new();
    private readonly TransportNode one;

    public AdmissionTests() => one = world.Add(TransportWorld.Identity(1));

    public void Dispose() => world.Dispose();

    [Fact]
    public void Another_cluster_is_refused_in_one_line_that_names_both() =>
        AssertRefused(
            TransportWorld.Identity(2, cluster: 0xbad),
            HelloVerdict.WrongCluster,
            "member 2 of cluster bad",
            "this is member 1 of cluster c1");

    [Theory]
    [InlineData("multipaxos")]
    [InlineData("multipaxos 4/2")]
    public void Another_engine_or_other_sizes_are_refused_in_one_line_that_names_both(string engine) =>
        AssertRefused(TransportWorld.Identity(2) with { Engine = engine }, HelloVerdict.WrongEngine, $"it runs {engine}, this member raft;");

    [Fact]
    public void A_foreign_instance_is_refused() =>
        AssertRefused(TransportWorld.Identity(2, instance: 0xf0), HelloVerdict.ForeignInstance, "instance f0", "wiped or replaced");

    [Fact]
    public void Another_member_at_that_address_is_refused_by_it_and_told_by_both()
    {
        TransportNode three = world.Add(TransportWorld.Identity(3));
        world.Redirect(2, three.Address);
        one.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2)));
        world.Until(() => one.Refusals.Count == 1 && three.Refusals.Count == 1);

        Assert.Equal(HelloVerdict.WrongMember, three.Refusals[0].Verdict);
        Assert.Contains("it looks for member 2", three.Refusals[0].ToString(), StringComparison.Ordinal);
        Assert.Contains("refused us: member 3", one.Refusals[0].ToString(), StringComparison.Ordinal);
        Assert.Equal(Two, one.Refusals[0].Expected);
    }

    [Fact]
    public void A_wiped_member_is_let_in_once_a_configuration_names_its_new_instance()
    {
        TransportNode wiped = world.Add(TransportWorld.Identity(2, instance: 0xf0));
        wiped.Connect(TransportWorld.Group(TransportWorld.Voter(1, 0x101), TransportWorld.Voter(2, 0xf0)));
        one.Connect(TransportWorld.Group(TransportWorld.Voter(1, 0x101), TransportWorld.Voter(2, 0x102)));
        world.Until(() => one.Refusals.Count > 0);
        Assert.False(one.IsLinkedWith(Two));

        one.Connect(TransportWorld.Group(TransportWorld.Voter(1, 0x101), TransportWorld.Voter(2, 0xf0)));
        world.UntilInTime(TimeSpan.FromSeconds(2), () => TransportWorld.FullyLinked(one, wiped));
    }

    [Fact]
    public void An_open_instance_is_let_in_and_put_out_when_another_is_bound()
    {
        TransportNode two = world.Add(TransportWorld.Identity(2));
        Configuration open = TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2));
        one.Connect(open);
        two.Connect(open);
        world.Until(() => TransportWorld.FullyLinked(one, two));

        one.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2, 0xf0)));
        world.Until(() => !one.IsLinkedWith(Two));
        world.UntilInTime(TimeSpan.FromSeconds(1), () => one.Refusals.Count > 0);
        Assert.Equal(HelloVerdict.ForeignInstance, one.Refusals[0].Verdict);
    }

    [Fact]
    public void A_member_behind_admits_a_new_instance_that_knows_a_newer_configuration_and_learns_it_there()
    {
        Configuration former = TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2, 0x102));
        Configuration renewed = TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2, 0xf0));
        TransportNode replacement = world.Add(TransportWorld.Identity(2, instance: 0xf0));
        one.Connect(former, index: 5);
        replacement.Connect(renewed, index: 9, committed: false);
        world.UntilInTime(TimeSpan.FromSeconds(2), () => TransportWorld.FullyLinked(one, replacement));
        replacement.Say(One, "the log, with the configuration that names me");
        world.Until(() => one.Messages.Count == 1);
        Assert.Equal(new InstanceId(0xf0), one.Messages[0].Instance);
        Assert.Empty(one.Refusals);

        one.Connect(renewed, index: 9, committed: false);
        one.Connect(renewed, index: 9);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Empty(one.Ends);
    }

    [Fact]
    public void A_former_instance_is_put_out_once_a_configuration_as_new_as_its_own_is_committed()
    {
        Configuration former = TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2, 0x102));
        Configuration renewed = TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2, 0xf0));
        TransportNode two = world.Add(TransportWorld.Identity(2));
        one.Connect(former, index: 5);
        two.Connect(former, index: 8, committed: false);
        world.Until(() => TransportWorld.FullyLinked(one, two));

        // In force and not committed: it may be taken back, and who it leaves out may be the next leader.
        one.Connect(renewed, index: 9, committed: false);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Empty(one.Ends);
        one.Connect(former, index: 5);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Empty(one.Ends);

        // Committed, but older than what the other has: still not the last word on it.
        one.Connect(renewed, index: 7);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Empty(one.Ends);

        one.Connect(renewed, index: 9);
        world.Until(() => !one.IsLinkedWith(Two));
        world.UntilInTime(TimeSpan.FromSeconds(3), () => one.Refusals.Count > 0);
        Assert.Equal(HelloVerdict.ForeignInstance, one.Refusals[0].Verdict);
    }

    [Fact]
    public void A_member_that_is_left_out_is_reached_until_that_is_committed()
    {
        TransportNode two = world.Add(TransportWorld.Identity(2));
        Configuration both = TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2));
        Configuration alone = TransportWorld.Group(TransportWorld.Voter(1));
        one.Connect(both, index: 5);
        two.Connect(both, index: 5);
        world.Until(() => TransportWorld.FullyLinked(one, two));

        one.Connect(alone, index: 9, committed: false);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Empty(one.Ends);

        // A broken stream is dialed again: the last thing that it is to hear is that it is out.
        two.Transport.Drop(One);
        world.UntilInTime(TimeSpan.FromSeconds(2), () => one.Links.Count(link => link.Dialed) == 2);

        one.Connect(alone, index: 9);
        world.Until(() => one.Ends.Any(end => end.Cause == "no longer a member"));
        int dialed = one.Links.Count(link => link.Dialed);
        world.Pass(TimeSpan.FromSeconds(1));
        Assert.Equal(dialed, one.Links.Count(link => link.Dialed));
    }

    [Fact]
    public void While_a_replacement_is_joint_both_instances_may_speak()
    {
        var joint = new Configuration(
            [TransportWorld.Voter(1), TransportWorld.Voter(2, 0xf0)],
            [TransportWorld.Voter(1), TransportWorld.Voter(2, 0x102)]);
        one.Connect(joint);
        TransportNode replacement = world.Add(TransportWorld.Identity(2, instance: 0xf0));
        replacement.Connect(joint);
        world.Until(() => one.IsLinkedWith(Two));
        Assert.Empty(one.Refusals);
    }

    [Fact]
    public void An_older_start_and_a_second_process_of_the_same_start_are_refused()
    {
        Restart(TransportWorld.Identity(2, start: 5, nonce: 50));
        world.Until(() => one.IsLinkedWith(Two));

        Restart(TransportWorld.Identity(2, start: 4, nonce: 51));
        world.Until(() => one.Refusals.Count == 1);
        Assert.Equal(HelloVerdict.StaleStart, one.Refusals[0].Verdict);

        Restart(TransportWorld.Identity(2, start: 5, nonce: 52));
        world.Until(() => one.Refusals.Count == 2);
        Assert.Equal(HelloVerdict.CopiedStart, one.Refusals[1].Verdict);

        Restart(TransportWorld.Identity(2, start: 6, nonce: 53));
        world.Until(() => one.Links[^1].Peer.StartCount == 6);
    }

    [Fact]
    public void A_new_start_ends_what_the_former_one_left_open()
    {
        TransportNode former = Restart(TransportWorld.Identity(2, start: 1, nonce: 1), keepFormer: true);
        world.Until(() => one.IsLinkedWith(Two));
        Restart(TransportWorld.Identity(2, start: 2, nonce: 2), keepFormer: true);
        world.Until(() => former.Ends.Count > 0 && one.Links[^1].Peer.StartCount == 2);
        Assert.Contains(one.Ends, e => e.Peer.StartCount == 1 && e.Cause.Contains("anew", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: quorate\r\nUser-Agent: somebody who is lost and says so at such length that nobody listens\r\n\r\n")]
    [InlineData("quorate, but not the eighth byte: a line of text that is as long as a hello, which is 100 bytes, or longer")]
    public void Garbage_in_place_of_a_hello_closes_the_stream_and_is_told_once(string garbage)
    {
        for (int i = 0; i < 3; i++)
        {
            using Socket stranger = Dial(one);
            stranger.Send(System.Text.Encoding.ASCII.GetBytes(garbage));
            bool ended = false;
            world.Until(() => ended |= stranger.Poll(0, SelectMode.SelectRead));
        }

        PeerRefused told = Assert.Single(one.Refusals);
        Assert.Equal(HelloVerdict.NotAHello, told.Verdict);
        Assert.Null(told.Other);
    }

    [Fact]
    public void Another_version_gets_an_answer_in_ours()
    {
        var bytes = new byte[Hello.SizeBytes];
        new Hello(TransportWorld.Identity(2), One, PeerStream.Messages, new LogIndex(7), HelloVerdict.Accepted).Write(bytes);
        bytes[8] = 99;
        using Socket other = Dial(one);
        other.Send(bytes);
        world.Until(() => other.Available >= Hello.SizeBytes);

        other.Receive(bytes);
        Assert.Equal(HelloVerdict.Accepted, Hello.Read(bytes, out Hello? answer));
        Assert.Equal(HelloVerdict.WrongVersion, answer!.Verdict);
        Assert.Equal(HelloVerdict.WrongVersion, Assert.Single(one.Refusals).Verdict);
    }

    [Fact]
    public void A_frame_above_the_bound_ends_the_stream_before_it_is_received()
    {
        using Socket peer = Dial(one);
        var bytes = new byte[Hello.SizeBytes];
        new Hello(TransportWorld.Identity(2), One, PeerStream.Messages, new LogIndex(7), HelloVerdict.Accepted).Write(bytes);
        peer.Send(bytes);
        world.Until(() => one.IsLinkedWith(Two));

        var head = new byte[FrameHead.SizeBytes];
        new FrameHead(one.Options.FrameBytesMax + 1, 0, FrameKind.Content, 0).Write(head);
        peer.Send(head);
        world.Until(() => one.Ends.Count == 1);
        Assert.Contains("at most", one.Ends[0].Cause, StringComparison.Ordinal);
        Assert.Equal(1, one.CountersOf(Two).ReceiveFailures);
    }

    [Fact]
    public void Whoever_says_nothing_is_closed_in_time_and_many_of_them_take_no_places()
    {
        var silent = Enumerable.Range(0, 80).Select(_ => Dial(one)).ToList();
        TransportNode two = world.Add(TransportWorld.Identity(2));
        two.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2)));
        world.UntilInTime(TimeSpan.FromSeconds(4), () => two.IsLinkedWith(One));
        world.UntilInTime(TimeSpan.FromSeconds(4), () => silent.TrueForAll(s => s.Poll(0, SelectMode.SelectRead)));
        silent.ForEach(s => s.Dispose());
    }

    [Fact]
    public void Where_no_cluster_has_begun_nobody_is_taken_back_and_all_must_say_so()
    {
        Configuration first = TransportWorld.Group(Open(1), Open(2), Open(3));
        TransportNode back = world.Add(TransportWorld.Identity(2), with: options => options with { RejoinThrough = [.. first.Members] });
        TransportNode three = world.Add(TransportWorld.Identity(3));
        back.Connect(Configuration.Empty, index: 0);
        one.Connect(first, index: 0);
        three.Connect(TransportWorld.Group(Open(1), Open(2), TransportWorld.Voter(3)), index: 4);
        world.UntilInTime(TimeSpan.FromSeconds(2), () => three.Rejoins.Count > 1 && back.Refusals.Count > 0);
        Assert.Equal(HelloVerdict.NothingToRejoin, back.Refusals[0].Verdict);
        Assert.Empty(one.Rejoins);
        Assert.Equal(0, back.NothingsToRejoin);

        // Nor may a first election, which waits for all, take it for the voter that the first configuration names.
        world.UntilInTime(TimeSpan.FromSeconds(2), () => one.Refusals.Any(r => r.Verdict == HelloVerdict.NothingToRejoin) && three.IsLinkedWith(Two));
        Assert.DoesNotContain(one.Links, l => l.Peer.Member == Two);

        // A member that asks itself to be taken back knows no cluster either.
        world.Remove(three);
        three = world.Add(TransportWorld.Identity(3, start: 2), with: options => options with { RejoinThrough = [.. first.Members] });
        three.Connect(Configuration.Empty, index: 0);
        world.UntilInTime(TimeSpan.FromSeconds(2), () => back.NothingsToRejoin > 0 && three.NothingsToRejoin > 0);
        Assert.Equal(0, one.NothingsToRejoin);
    }

    private static Member Open(ulong id) => new(new NodeId(id), InstanceId.Open, MemberRole.Voter, default);

    private static Socket Dial(TransportNode node)
    {
        var socket = new Socket(node.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        socket.Connect(node.Address);
        return socket;
    }

    private TransportNode Restart(PeerIdentity self, bool keepFormer = false)
    {
        if (!keepFormer && world.Nodes.Find(n => n.Id == self.Member) is { } former)
            world.Remove(former);
        TransportNode node = world.Add(self);
        node.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2)));
        return node;
    }

    private void AssertRefused(PeerIdentity stranger, HelloVerdict verdict, params string[] words)
    {
        TransportNode two = world.Add(stranger);
        two.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2)));
        one.Connect(TransportWorld.Group(TransportWorld.Voter(1), TransportWorld.Voter(2, 0x102)));
        world.Until(() => one.Refusals.Count > 0 && two.Refusals.Count > 0);
        world.Pass(TimeSpan.FromSeconds(3)); // many tries, no further line

        Assert.False(one.IsLinkedWith(Two));
        Assert.Contains(one.Refusals, r => r.ByUs && r.Verdict == verdict);
        Assert.All(one.Refusals, r => Assert.Single(one.Refusals, r));
        Assert.InRange(one.Refusals.Count, 1, 2);
        string line = one.Refusals.First(r => r.ByUs).ToString();
        Assert.All(words, w => Assert.Contains(w, line, StringComparison.Ordinal));
        Assert.DoesNotContain('\n', line);
    }
}
