using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Xunit;
using static Quorate.Tests.KeyValue.Driver;

namespace Quorate.Tests.KeyValue;

/// <summary>An example for each sentence of etcd's behaviour that clients rely on: revisions, puts, deletes, compaction.</summary>
public class KeyValueStoreTests
{
    [Fact]
    public void An_empty_store_is_at_revision_1_and_the_first_write_makes_2()
    {
        using var kv = new Driver();
        Assert.Equal(1, kv.Store.Revision);
        Assert.Equal(-1, kv.Store.CompactedRevision);
        Assert.True(kv.Store.DbSize < 40 << 10);
        Assert.Equal(2, kv.Put("a", "1").Revision);
        Assert.Equal(2, kv.Store.Revision);
        Assert.Equal("1", kv.Value("a"));
    }

    [Fact]
    public void A_transaction_that_writes_raises_the_revision_by_one_however_many_operations()
    {
        using var kv = new Driver();
        Reply reply = kv.Txn(new TxnWriter().Put("a"u8, "1"u8).Put("b"u8, "2"u8).Delete("c"u8));
        Assert.Equal(2, reply.Revision);
        Assert.Equal([2L, 2L], kv.Get("a", "z").Body.Pairs.Select(p => p.ModRevision));
    }

    [Fact]
    public void A_delete_that_matches_nothing_does_not_raise_the_revision()
    {
        using var kv = new Driver();
        kv.Put("a", "1");
        Reply reply = kv.Delete("b");
        Assert.Equal(2, reply.Revision);
        Assert.Equal(0, reply.Body.Count);
    }

    [Fact]
    public void The_version_counts_from_1_and_starts_again_after_a_delete_with_a_new_create_revision()
    {
        using var kv = new Driver();
        kv.Put("a", "1");
        kv.Put("a", "2");
        StoredPair second = kv.Get("a").Body.Pairs[0];
        Assert.Equal((2L, 3L, 2L), (second.CreateRevision, second.ModRevision, second.Version));
        kv.Delete("a");
        kv.Put("a", "3");
        StoredPair again = kv.Get("a").Body.Pairs[0];
        Assert.Equal((5L, 5L, 1L), (again.CreateRevision, again.ModRevision, again.Version));
        Assert.Null(kv.Value("a", revision: 4));
        Assert.Equal("2", kv.Value("a", revision: 3));
        Assert.Equal("1", kv.Value("a", revision: 2));
    }

    [Fact]
    public void The_header_has_the_revision_at_the_answer_not_the_one_asked_for()
    {
        using var kv = new Driver();
        kv.Put("a", "1");
        kv.Put("a", "2");
        Assert.Equal(3, kv.Get("a", revision: 2).Revision);
    }

    [Fact]
    public void A_revision_below_0_reads_the_newest_and_a_future_one_is_refused()
    {
        using var kv = new Driver();
        kv.Put("a", "1");
        Assert.Equal("1", kv.Value("a", revision: -7));
        Assert.Equal(KeyValueError.FutureRevision, kv.Get("a", revision: 3).Error);
    }

    [Fact]
    public void Put_answers_with_the_former_pair_when_asked()
    {
        using var kv = new Driver();
        Assert.Empty(kv.Put("a", "1", o => o.PrevKv = true).Body.Pairs);
        StoredPair former = Assert.Single(kv.Put("a", "2", o => o.PrevKv = true).Body.Pairs);
        Assert.Equal(("1", 2L), (Text(former.Value), former.ModRevision));
    }

    [Fact]
    public void Ignore_value_and_ignore_lease_need_an_existing_key()
    {
        using var kv = new Driver();
        Assert.Equal(KeyValueError.KeyNotFound, kv.Put("a", "", o => o.IgnoreValue = true).Error);
        Assert.Equal(KeyValueError.KeyNotFound, kv.Put("a", "x", o => o.IgnoreLease = true).Error);
        Assert.Equal(1, kv.Store.Revision);
        kv.Put("a", "1");
        Assert.Equal(3, kv.Put("a", "", o => o.IgnoreValue = true).Revision);
        Assert.Equal("1", kv.Value("a"));
        Assert.Equal(2, kv.Get("a").Body.Pairs[0].Version);
        kv.Delete("a");
        Assert.Equal(KeyValueError.KeyNotFound, kv.Put("a", "", o => o.IgnoreValue = true).Error);
    }

    [Fact]
    public void Any_lease_is_not_found()
    {
        using var kv = new Driver();
        Assert.Equal(KeyValueError.LeaseNotFound, kv.Put("a", "1", o => o.Lease = 7).Error);
        Assert.Equal(1, kv.Store.Revision);
    }

    [Fact]
    public void Delete_covers_a_key_a_range_or_all_to_the_end()
    {
        using var kv = new Driver();
        foreach (string key in new[] { "a", "b", "c", "d" })
            kv.Put(key, key);
        Reply reply = kv.Delete("b", "d", prevKv: true);
        Assert.Equal(2, reply.Body.Count);
        Assert.Equal(["b", "c"], reply.Body.Pairs.Select(p => Text(p.Key)));
        Assert.Equal(0, kv.Delete("z", "a").Body.Count);
        Assert.Equal(2, kv.Delete("a", "\0").Body.Count);
        Assert.Equal(0, kv.Store.KeyCount);
    }

    [Fact]
    public void Reading_exactly_at_the_compacted_revision_works_and_below_it_is_refused()
    {
        using var kv = new Driver();
        for (int i = 1; i <= 5; i++)
            kv.Put("a", $"{i}");
        Assert.Equal(KeyValueError.None, kv.Compact(4).Error);
        Assert.Equal("3", kv.Value("a", revision: 4));
        Assert.Equal(KeyValueError.Compacted, kv.Get("a", revision: 3).Error);
        kv.Finish();
        Assert.Equal("3", kv.Value("a", revision: 4));
        Assert.Equal(4, kv.Store.FinishedCompaction);
    }

    [Fact]
    public void Compaction_at_or_below_the_compacted_revision_is_compacted_and_above_the_current_one_future()
    {
        using var kv = new Driver();
        kv.Put("a", "1");
        Assert.Equal(KeyValueError.FutureRevision, kv.Compact(3).Error);
        Assert.Equal(KeyValueError.None, kv.Compact(2).Error);
        Assert.Equal(KeyValueError.Compacted, kv.Compact(2).Error);
        Assert.Equal(KeyValueError.Compacted, kv.Compact(1).Error);
        Assert.Equal(2, kv.Store.Revision);
    }

    [Fact]
    public void A_compacted_tombstone_takes_its_key_out_of_the_store()
    {
        using var kv = new Driver();
        kv.Put("a", "1");
        kv.Delete("a");
        kv.Put("b", "1");
        kv.Compact(4);
        kv.Finish();
        Assert.Equal(1, kv.Store.KeyCount);
        Assert.Null(kv.Value("a", revision: 4));
        Assert.Equal(64, kv.Store.DbSizeInUse);
    }

    [Fact]
    public void Malformed_commands_get_an_answer_that_says_so()
    {
        using var kv = new Driver();
        byte[][] commands = [[], [9], [1, 0xFF], [1, 0x0A, 5, 1], [2, 0x08, 1], [3, 0x12, 2, 0x0A, 9], [4, 0x0A, 0]];
        KeyValueError[] errors = [.. kv.Apply(commands).Select(a => (KeyValueError)a[0])];
        Assert.Equal(
            [
                KeyValueError.UnknownCommand, KeyValueError.UnknownCommand, KeyValueError.Malformed, KeyValueError.Malformed,
                KeyValueError.Malformed, KeyValueError.Malformed, KeyValueError.Malformed,
            ],
            errors);
        Assert.Equal(1, kv.Store.Revision);
    }

    [Fact]
    public void A_snapshot_restores_to_the_same_bytes()
    {
        using var kv = new Driver();
        for (int i = 0; i < 500; i++)
            kv.Put($"k{i % 77}", $"v{i}");
        kv.Delete("k5");
        kv.Compact(300);
        byte[] early = kv.Snapshot();
        kv.Finish();
        byte[] late = kv.Snapshot(pieceBytes: 7);
        Assert.Equal(early, late);

        using var other = new Driver(segmentBytes: 65536);
        other.Put("x", "y");
        other.Restore(late);
        Assert.Equal(late, other.Snapshot());
        Assert.Equal(kv.Store.HistoryHash, other.Store.HistoryHash);
        Assert.Equal(kv.Store.Revision, other.Store.Revision);
        Assert.Equal(kv.Store.KeyCount, other.Store.KeyCount);
        Assert.Null(other.Value("x"));
        Assert.Equal(kv.Put("k7", "new").Revision, other.Put("k7", "new").Revision);
        Assert.Equal(kv.Snapshot(), other.Snapshot());
    }
}
