using Quorate.Checkers;
using Xunit;

namespace Quorate.Tests.Checkers;

/// <summary>What an acceptor's disk says is decided: it never falls, and a checkpoint stands for it too.</summary>
public sealed class PersistedSlotsTests
{
    private const ulong Member = 1;

    [Fact]
    public void What_is_decided_counts_once_its_write_is_durable()
    {
        var disk = new PersistedSlots();
        disk.Promised(number: 1, ballot: 7, decided: 10, Member);
        Assert.Equal(0ul, disk.DurableDecided);
        disk.ClaimDurable(1);
        Assert.Equal(10ul, disk.DurableDecided);
    }

    [Fact]
    public void A_snapshot_counts_once_its_install_is_durable()
    {
        var disk = new PersistedSlots();
        disk.Install(number: 1, index: 20);
        Assert.Equal(0ul, disk.DurableDecided);
        disk.ClaimDurable(1);
        Assert.Equal(20ul, disk.DurableDecided);
    }

    [Fact]
    public void A_disk_that_has_forgotten_what_is_decided_is_found_out()
    {
        var disk = new PersistedSlots();
        disk.Promised(number: 1, ballot: 7, decided: 10, Member);
        disk.ClaimDurable(1);
        disk.CheckFound(new SlotMap(), promise: 7, decided: 10, Member);
        var broken = Assert.Throws<CheckFailedException>(() => disk.CheckFound(new SlotMap(), promise: 7, decided: 9, Member));
        Assert.Equal(Promise.PersistentMemory, broken.Promise);
    }

    [Fact]
    public void A_checkpoint_found_stands_for_what_the_promise_does_not_say()
    {
        var disk = new PersistedSlots();
        disk.Promised(number: 1, ballot: 7, decided: 10, Member);
        disk.ClaimDurable(1);
        var found = new SlotMap();
        found.DropUpTo(12);
        disk.CheckFound(found, promise: 7, decided: 9, Member);
    }

    /// <summary>Multi-Paxos seeds 1451, 1934, 3565: the manifest's name was lost after a start, and the log held all of it still.</summary>
    [Fact]
    public void A_log_that_goes_further_back_than_the_last_starts_checkpoint_is_compared_above_it()
    {
        var disk = new PersistedSlots();
        var started = new SlotMap();
        started.DropUpTo(2);
        started.Set(new LogRecord(3, 7, 30));
        disk.Restarted(started, promise: 7, decided: 2);
        var found = new SlotMap();
        found.Set(new LogRecord(1, 7, 10));
        found.Set(new LogRecord(2, 7, 20));
        found.Set(new LogRecord(3, 7, 30));
        disk.CheckFound(found, promise: 7, decided: 2, Member);
        found.Set(new LogRecord(3, 7, 31));
        var broken = Assert.Throws<CheckFailedException>(() => disk.CheckFound(found, promise: 7, decided: 2, Member));
        Assert.Equal(Promise.QuorumDurability, broken.Promise);
    }
}
