using Quorate.Consensus;
using Quorate.Paxos.MultiPaxos;
using Xunit;

namespace Quorate.Tests.Paxos;

/// <summary>How far slots are decided goes to disk now and then, so that a start neither holds the whole log in memory nor asks others about it.</summary>
public sealed class DecidedKeptTests
{
    private const int WindowBytes = 64 << 10;

    [Fact]
    public void A_start_holds_no_more_of_a_long_log_in_memory_than_the_window_allows()
    {
        const ulong entries = SlotWindow.SpanMax + 100;
        SlotLog log = Log(decided: entries);
        for (ulong slot = 1; slot <= entries; slot++)
            log.Recover(Empty(slot, round: 5));
        Assert.Equal(Of(5), log.Recovered());
        Assert.Equal(entries, log.Commit.Value);
        Assert.InRange(log.Window.Bytes, 1, WindowBytes);
    }

    [Fact]
    public void What_is_not_known_decided_stays_in_memory()
    {
        SlotLog log = Log(decided: 10);
        for (ulong slot = 1; slot <= 3000; slot++)
            log.Recover(Empty(slot, round: 5));
        log.Recovered();
        Assert.Equal(10ul, log.Commit.Value);
        Assert.True(log.Holds(new LogIndex(11)));
        Assert.True(log.Holds(new LogIndex(3000)));
        Assert.True(log.Window.Bytes > WindowBytes);
    }

    [Fact]
    public void Slots_may_come_in_the_order_in_which_they_were_written_last()
    {
        SlotLog log = Log(decided: 4);
        foreach (ulong slot in (ulong[])[1, 4, 5, 2, 3])
            log.Recover(Empty(slot, round: slot is 2 or 3 ? 7ul : 5));
        Assert.Equal(Of(7), log.Recovered());
        Assert.Equal(4ul, log.Commit.Value);
        Assert.True(log.Holds(new LogIndex(5)));
    }

    [Fact]
    public void It_is_written_whenever_a_quarter_of_the_window_has_been_decided_since()
    {
        const int commands = 60;
        const int payloadBytes = 1000;
        var core = new MultiPaxosCore(Options);
        var first = new Configuration([Voter(1)], []);
        core.Begin(new CoreStart(new Tick(0), new NodeId(1), new InstanceId(1), default, SnapshotInfo.Initial(first), Seed: 1));
        core.Ready();
        var kept = new List<ulong>();
        CarryOut(core, kept);
        for (int i = 0; i < commands; i++)
        {
            Assert.Equal(Refusal.None, core.Propose([Payload.Copy(new BlockPool(), new byte[payloadBytes])]));
            CarryOut(core, kept);
        }

        int writesExpected = commands * (payloadBytes + SlotWindow.OverheadBytes) / (WindowBytes / 4);
        Assert.InRange(kept.Count, writesExpected, writesExpected + 2); // and with the promise
        Assert.True(core.Status.Commit.Value - kept[^1] <= commands / 2);
    }

    [Fact]
    public void Nothing_is_written_before_recovery_has_ended()
    {
        var core = new MultiPaxosCore(Options);
        var voters = new Configuration([.. Enumerable.Range(1, 3).Select(Voter)], [], number: 1);
        var checkpoint = new SnapshotInfo(new LogIndex(20), Of(5).Epoch, voters);
        core.Begin(new CoreStart(new Tick(0), new NodeId(1), new InstanceId(1), new HardState(Of(7).Epoch, NodeId.None, new LogIndex(10)), checkpoint, Seed: 1));
        core.DiskHasRoom(false);
        for (ulong slot = 21; slot <= 100; slot++)
            core.Recover(Empty(slot, round: 5));
        core.DiskHasRoom(true);
        Assert.Empty(core.Output.Writes);
        core.Ready();
        LogWrite only = Assert.Single(core.Output.Writes);
        Assert.Equal(new HardState(Of(7).Epoch, NodeId.None, new LogIndex(20)), only.HardState);
    }

    private static CoreOptions Options => new() { WindowBytesMax = WindowBytes };

    /// <summary>Every write is durable at once; those of the hard state are noted.</summary>
    private static void CarryOut(MultiPaxosCore core, List<ulong> kept)
    {
        while (core.Output.Writes.Count > 0)
        {
            WriteNumber last = core.Output.Writes[^1].Number;
            kept.AddRange(core.Output.Writes.Where(w => w.Kind == LogWriteKind.HardState).Select(w => w.HardState.Decided.Value));
            core.Output.Clear();
            core.WritesDurable(last);
        }

        core.Output.Clear();
    }

    private static SlotLog Log(ulong decided)
    {
        var output = new CoreOutput();
        var log = new SlotLog(Options, output, new WriteLedger(output), new DeferredReleases());
        log.Begin(SnapshotInfo.Initial(Configuration.Empty), new LogIndex(decided));
        return log;
    }

    private static Member Voter(int number) => new(new NodeId((ulong)number), new InstanceId((ulong)number), MemberRole.Voter, ReadOnlyMemory<byte>.Empty);

    private static Entry Empty(ulong slot, ulong round) => new(new LogIndex(slot), Of(round).Epoch, EntryKind.NoOp, Payload.Empty);

    private static Ballot Of(ulong round) => new(round, new NodeId(1));
}
