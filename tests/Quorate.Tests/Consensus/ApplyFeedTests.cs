using Quorate.Consensus;
using Xunit;

namespace Quorate.Tests.Consensus;

/// <summary>What is decided goes out once, in order, and not after a snapshot that holds it.</summary>
public sealed class ApplyFeedTests
{
    [Fact]
    public void A_snapshot_covers_what_the_same_output_has_handed_out()
    {
        var output = new CoreOutput();
        var feed = new ApplyFeed(new CoreOptions(), output, new Log(new LogIndex(3)), new LoadTickets());
        feed.Pump();
        Assert.Equal(3, output.Decided.Count);

        feed.Restored(new LogIndex(5)); // in the same turn: nothing was carried out yet
        Assert.Empty(output.Decided);
        Assert.Equal(new LogIndex(5), feed.HandedOut);
    }

    [Fact]
    public void A_snapshot_never_takes_back_what_was_handed_out()
    {
        var feed = new ApplyFeed(new CoreOptions(), new CoreOutput(), new Log(new LogIndex(3)), new LoadTickets());
        feed.Pump();
        Assert.Throws<InvariantBrokenException>(() => feed.Restored(new LogIndex(2)));
    }

    /// <summary>A log of no-ops, all of it decided and in memory.</summary>
    private sealed class Log(LogIndex commit) : ICoreLog
    {
        private readonly Entry[] entries =
            [.. Enumerable.Range(0, (int)commit.Value + 1).Select(i => new Entry(new LogIndex((ulong)i), Epoch.Zero, EntryKind.NoOp, Payload.Empty))];

        public LogIndex Base => LogIndex.Zero;

        public LogIndex Commit => commit;

        public LogIndex Last => commit;

        public LogIndex Durable => commit;

        public LogIndex Proposed => commit;

        public ConfigurationInForce InForce => default;

        public LogIndex FirstHeld => LogIndex.Zero.Next;

        public ref readonly Entry this[LogIndex index] => ref entries[index.Value];

        public bool Holds(LogIndex index) => index > LogIndex.Zero && index <= commit;

        public bool MayBeLoaded(in Entry entry) => false;

        public void Recover(in Entry entry) => throw new NotSupportedException();

        public void DropUpTo(LogIndex upTo) => throw new NotSupportedException();

        public void BoundWindow()
        {
        }
    }
}
