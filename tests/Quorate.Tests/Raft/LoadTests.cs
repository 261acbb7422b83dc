using Quorate.Consensus;
using Quorate.Tests.Engines;
using Xunit;

namespace Quorate.Tests.Raft;

/// <summary>Entries that the window no longer holds and the disk has to bring back. Each of these was found by the simulator.</summary>
public sealed class LoadTests
{
    private static readonly CoreOptions SmallWindow = new() { WindowBytesMax = 1, CatchUpEntries = 0 };

    [Fact]
    public void Loaded_entries_are_held_until_the_output_that_names_them_is_cleared()
    {
        // Seed 2: the loop gives its references back as soon as the core has taken the entries.
        TestNetwork network = new TestNetwork(SmallWindow).WithMembers(1, open: false);
        TestMember member = RestartedUntilItLoads(network);
        Entry[] entries = Read(network, member, member.Loads[0]);
        member.Core.EntriesLoaded(member.Loads[0].Ticket, entries);
        foreach (Entry entry in entries)
            entry.Payload.Release();

        Assert.Contains(member.Core.Output.Decided, entry => entry.Payload.Length > 0);
        foreach (Entry decided in member.Core.Output.Decided)
            Assert.True(decided.Payload.Block is not { References: 0 }, $"the block of entry {decided.Index} went back");

        member.Loads.Clear();
        member.Do(static _ => { });
        network.Settle();
        Assert.Equal(network.LastDecided, member.Applied);
        network.CheckBlocksReturned();
    }

    [Fact]
    public void What_the_window_holds_is_not_loaded()
    {
        // Seed 17: the disk may still show what an entry of the window replaces.
        TestNetwork network = new TestNetwork(SmallWindow).WithMembers(1, open: false);
        TestMember member = RestartedUntilItLoads(network);
        LogIndex last = member.Core.Status.Last;
        Assert.Equal(last, member.Core.Status.Commit);
        Assert.True(member.Loads[0].To < last, $"{member.Loads[0]} reaches up to the newest entry, {last}");
    }

    [Fact]
    public void Entries_dropped_while_they_were_loaded_for_a_peer_lead_to_a_snapshot()
    {
        // Seed 15: the entry before those loaded was asked for its term.
        TestNetwork network = new TestNetwork(SmallWindow).WithMembers(3, open: false);
        TestMember leader = network.Elect();
        NodeId late = network.Members.First(member => member != leader).Id;
        network.Isolate(late);
        for (byte i = 0; i < 20; i++)
            leader.Propose([i]);
        network.Settle();
        network.Cut.Clear();
        network.Now += new CoreOptions().HeartbeatTicks;
        leader.Do(core => core.Advance(network.Now));
        for (int i = 0; i < 100 && leader.Loads.Count == 0; i++)
            MoveWithoutLoads(network);

        LoadRequest load = Assert.Single(leader.Loads);
        leader.Loads.Clear();
        Entry[] entries = Read(network, leader, load);
        leader.Checkpoint(dropAtLeast: leader.Applied);
        leader.Do(core => core.EntriesLoaded(load.Ticket, entries));
        foreach (Entry entry in entries)
            entry.Payload.Release();

        Assert.Equal(late, Assert.Single(leader.Snapshots).To);
        network.Settle();
        network.Run(100);
        Assert.Equal(network.LastDecided, network[late.Value].Applied);
        network.CheckBlocksReturned();
    }

    [Fact]
    public void A_member_that_receives_a_snapshot_holds_the_log_back_until_that_holds_back_too_much()
    {
        TestNetwork network = new TestNetwork(SmallWindow).WithMembers(3, open: false);
        TestMember leader = network.Elect();
        NodeId late = network.Members.First(member => member != leader).Id;
        network.Isolate(late);
        leader.Propose([1], [2], [3]);
        network.Settle();
        leader.Checkpoint(dropAtLeast: leader.Applied);
        LogIndex snapshot = leader.Applied;
        network.Cut.Clear();
        network.Now += new CoreOptions().HeartbeatTicks;
        leader.Do(core => core.Advance(network.Now));
        for (int i = 0; i < 100 && leader.Snapshots.Count == 0; i++)
            MoveWithoutLoads(network);
        Assert.Equal(late, Assert.Single(leader.Snapshots).To);

        ProposeAndMove(network, leader);
        leader.Checkpoint(dropAtLeast: LogIndex.Zero);
        Assert.Equal(snapshot.Next.Value, leader.Disk.Written.Entries.Keys.First());

        ProposeAndMove(network, leader);
        leader.Checkpoint(dropAtLeast: leader.Applied);
        Assert.Empty(leader.Disk.Written.Entries);
        network.Settle();
        network.Run(100);
        Assert.Equal(network.LastDecided, network[late.Value].Applied);
    }

    private static void ProposeAndMove(TestNetwork network, TestMember leader)
    {
        leader.Propose([4], [5]);
        for (int i = 0; i < 100 && leader.Applied < leader.Core.Status.Last; i++)
            MoveWithoutLoads(network);
        Assert.Equal(leader.Core.Status.Last, leader.Applied);
    }

    /// <summary>A member alone, started again on a log of which its window holds the last entry only, up to the load that apply needs.</summary>
    private static TestMember RestartedUntilItLoads(TestNetwork network)
    {
        TestMember member = network.Elect();
        member.Propose([1], [2], [3]);
        network.Settle();
        member.Crash(0);
        member.Start();
        for (int i = 0; i < 1000 && member.Loads.Count == 0; i++)
        {
            network.Now += 1;
            member.Do(core => core.Advance(network.Now));
            member.Sync(member.Disk.PendingCount);
        }

        Assert.Single(member.Loads);
        return member;
    }

    private static void MoveWithoutLoads(TestNetwork network)
    {
        foreach (TestMember member in network.Members)
            member.Sync(member.Disk.PendingCount);
        if (network.Messages.Count > 0)
            network.Deliver(0);
    }

    private static Entry[] Read(TestNetwork network, TestMember member, LoadRequest load) =>
    [
        .. member.Disk.Written.Entries.Values
            .Where(stored => stored.Index >= load.From && stored.Index <= load.To)
            .Select(stored => new Entry(stored.Index, stored.Epoch, stored.Kind, network.Copy(stored.Bytes))),
    ];
}
