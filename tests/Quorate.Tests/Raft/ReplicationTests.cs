using Quorate.Consensus;
using Quorate.Raft;
using Quorate.Tests.Engines;
using Xunit;

namespace Quorate.Tests.Raft;

/// <summary>Log replication, rule by rule (Raft §5.3, §5.4).</summary>
public sealed class ReplicationTests
{
    [Fact]
    public void Section_5_3_entries_reach_all_and_commit_on_a_majority()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3);
        TestMember leader = network.Elect();
        Assert.Equal(Refusal.None, leader.Propose([1], [2], [3]));
        network.Settle();
        Assert.All(network.Members, member => Assert.Equal(network.LastDecided, member.Applied));
        network.CheckLogMatching();
        network.CheckBlocksReturned();
    }

    [Fact]
    public void A_core_rebuilt_from_its_state_knows_what_its_probe_covered()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(2, open: false);
        TestMember leader = network.ElectAndStop();
        TestMember full = network.Members.Single(member => member != leader);
        leader.Sync(leader.Disk.PendingCount);
        leader.RebuildFromState();
        full.Do(core => core.DiskHasRoom(false));
        network.Settle();
        Assert.Equal("probe", leader.Core.Progress().Single(progress => progress.Member == full.Id).State); // it agrees and took nothing
    }

    [Fact]
    public void Section_5_3_a_follower_that_was_away_is_brought_up_by_terms()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3, open: false);
        TestMember stale = network.Elect();
        network.Isolate(stale.Id);
        for (byte i = 0; i < 200; i++)
            stale.Propose([i]);
        network.Settle();
        network.Run(500);
        TestMember leader = network.Leader!;
        Assert.NotEqual(stale.Id, leader.Id);
        leader.Propose([7]);
        network.Settle();

        network.Cut.Clear();
        network.Run(300);
        Assert.Equal(network.LastDecided, stale.Applied);
        network.CheckLogMatching();
    }

    [Fact]
    public void A_follower_that_was_restarted_learns_what_is_committed_without_another_entry()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3, open: false);
        TestMember leader = network.Elect();
        leader.Propose([1], [2]);
        network.Settle();
        network.Run(50);
        TestMember follower = network.Members.First(member => member != leader);
        follower.Crash(follower.Disk.PendingCount);
        follower.Start();
        network.Run(50);
        Assert.Same(leader, network.Leader);
        Assert.Equal(network.LastDecided, follower.Applied);
    }

    [Fact]
    public void Section_5_4_2_a_leader_counts_itself_only_when_durable()
    {
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3, open: false);
        TestMember leader = network.Elect();
        network.Isolate(network.Members.First(member => member != leader).Id);
        LogIndex before = network.LastDecided;
        leader.Propose([1]);
        TestMember follower = network.Members.Last(member => member != leader && !network.Cut.Contains((leader.Id, member.Id)));
        while (network.Messages.Count > 0)
            network.Deliver(0);
        follower.Sync(follower.Disk.PendingCount);
        while (network.Messages.Count > 0)
            network.Deliver(0);
        Assert.Equal(before, leader.Core.Status.Commit); // one of three disks has it

        leader.Sync(leader.Disk.PendingCount);
        Assert.Equal(before.Next, leader.Core.Status.Commit);
    }

    [Fact]
    public void A_delayed_shorter_append_does_not_undo_a_newer_one()
    {
        AppendRig rig = new();
        rig.Append(term: 1, previous: (0, 0), commit: 0, 1, 1, 1);
        rig.Append(term: 1, previous: (0, 0), commit: 0, 1);
        Assert.Equal(3UL, rig.Core.Status.Last.Value);
    }

    [Fact]
    public void A_missing_previous_entry_is_refused_with_a_hint_that_skips_the_term()
    {
        AppendRig rig = new();
        rig.Append(term: 4, previous: (0, 0), commit: 0, 1, 1, 4, 4, 4, 4);
        Assert.Equal("AppendReply term=7 refused=6 hint=2/1 round=0", rig.Append(term: 7, previous: (6, 3), commit: 0));
        Assert.Equal("AppendReply term=7 refused=9 hint=6/4 round=0", rig.Append(term: 7, previous: (9, 6), commit: 0));
    }

    [Fact]
    public void A_conflict_truncates_and_the_commit_index_stops_at_the_last_new_entry()
    {
        AppendRig rig = new();
        rig.Append(term: 2, previous: (0, 0), commit: 0, 1, 2, 2, 2);
        rig.Append(term: 3, previous: (1, 1), commit: 4, 3);
        Assert.Equal((2UL, 2UL), (rig.Core.Status.Last.Value, rig.Core.Status.Commit.Value));

        // A stale tail is not committed by a leader that has only vouched for what comes before it.
        AppendRig tail = new();
        tail.Append(term: 2, previous: (0, 0), commit: 0, 1, 2, 2, 2);
        tail.Append(term: 3, previous: (1, 1), commit: 4);
        Assert.Equal((4UL, 1UL), (tail.Core.Status.Last.Value, tail.Core.Status.Commit.Value));
    }

    [Fact]
    public void A_stale_term_is_answered_with_the_newer_one()
    {
        AppendRig rig = new();
        rig.Append(term: 5, previous: (0, 0), commit: 0, 5);
        Assert.Equal("AppendReply term=5 refused=0 hint=0/0 round=0", rig.Append(term: 4, previous: (0, 0), commit: 0, 4));
    }

    [Fact]
    public void Acknowledgements_wait_for_the_write_they_speak_of()
    {
        AppendRig rig = new();
        rig.Append(term: 1, previous: (0, 0), commit: 0, 1);
        Assert.Equal(rig.LastWrite, rig.LastAfter);
        Assert.True(rig.LastWrite > WriteNumber.None);
    }

    [Fact]
    public void A_follower_without_room_is_tried_again_at_its_next_sign_of_life_only()
    {
        // Simulator, seeds 15 and 92: it agrees and takes nothing, which the leader took for progress.
        TestNetwork network = new TestNetwork(new CoreOptions()).WithMembers(3, open: false);
        TestMember leader = network.Elect();
        TestMember full = network.Members.First(member => member != leader);
        network.Isolate(full.Id);
        leader.Propose([1], [2], [3]);
        network.Settle();
        full.Do(core => core.DiskHasRoom(false));
        network.Cut.Clear();
        network.Run(30);
        Assert.True(full.Applied < network.LastDecided);

        full.Do(core => core.DiskHasRoom(true));
        network.Run(30);
        Assert.Equal(network.LastDecided, full.Applied);
    }

    [Fact]
    public void A_full_disk_takes_no_entries()
    {
        AppendRig rig = new();
        rig.Append(term: 1, previous: (0, 0), commit: 0, 1);
        rig.Core.DiskHasRoom(false);
        Assert.Equal("AppendReply term=1 match=1 round=0", rig.Append(term: 1, previous: (0, 0), commit: 0, 1, 1));
        Assert.Equal(1UL, rig.Core.Status.Last.Value);
    }
}

/// <summary>One follower, fed by hand.</summary>
internal sealed class AppendRig
{
    private readonly RaftEngine engine = new();

    public AppendRig()
    {
        var first = new Configuration(
            Enumerable.Range(1, 3).Select(i => new Member(new NodeId((ulong)i), new InstanceId((ulong)i), MemberRole.Voter, default)), []);
        Core.Begin(new CoreStart(new Tick(0), new NodeId(1), new InstanceId(1), default, SnapshotInfo.Initial(first), 1));
        Core.Ready();
        Core.Output.Clear();
    }

    public RaftCore Core { get; } = new(new CoreOptions());

    public WriteNumber LastWrite { get; private set; }

    public WriteNumber LastAfter { get; private set; }

    /// <summary>Sends AppendEntries with entries of these terms; the answer in words.</summary>
    public string Append(ulong term, (ulong Index, ulong Term) previous, ulong commit, params ulong[] terms)
    {
        var header = new byte[AppendEntriesCodec.HeaderBytes(terms.Length)];
        WireWriter writer = AppendEntriesCodec.WriteFixed(
            header, new Term(term), new LogPosition(new LogIndex(previous.Index), new Term(previous.Term)), new LogIndex(commit), 0, terms.Length);
        foreach (ulong entry in terms)
            AppendEntriesCodec.WriteEntry(ref writer, new Entry(default, new Epoch(entry), EntryKind.NoOp, Payload.Empty));
        Assert.True(Core.Receive(new NodeId(term % 2 == 0 ? 2UL : 3), new InstanceId(term % 2 == 0 ? 2UL : 3), Payload.Copy(new BlockPool(), header)));
        OutboundMessage reply = Core.Output.Messages[^1];
        LastAfter = reply.After;
        if (Core.Output.Writes.Count > 0)
            LastWrite = Core.Output.Writes[^1].Number;
        string words = engine.Describe(Core.Output.HeaderOf(reply));
        Core.Output.Clear();
        return words;
    }
}
