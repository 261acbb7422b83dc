using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Xunit;
using static Quorate.Tests.KeyValue.Driver;

namespace Quorate.Tests.KeyValue;

/// <summary>An example for each sentence about transactions, and about what a range answers.</summary>
public class TxnTests
{
    [Fact]
    public void Operations_see_what_those_before_them_wrote_and_compares_see_the_state_before_all()
    {
        using var kv = new Driver();
        kv.Put("a", "old");
        TxnWriter txn = new TxnWriter()
            .IfValue("a"u8, CompareResult.Equal, "old"u8)
            .Put("a"u8, "new"u8)
            .Range("a"u8)
            .Begin().IfValue("a"u8, CompareResult.Equal, "old"u8).Range("a"u8).End();
        Reply reply = kv.Txn(txn);
        Assert.True(reply.Body.Succeeded);
        Assert.Equal("new", Text(reply.Body.Responses[1].Pairs[0].Value));
        Assert.True(reply.Body.Responses[2].Succeeded);
        Assert.Equal("new", Text(reply.Body.Responses[2].Responses[0].Pairs[0].Value));
    }

    [Fact]
    public void Nested_headers_carry_only_the_revision_and_a_nested_transactions_own_is_empty()
    {
        using var kv = new Driver();
        byte[] answer = kv.Apply(CommandWriter.Txn(new TxnWriter().Range("a"u8).Put("a"u8, "1"u8).Begin().Delete("b"u8).End()))[0];
        byte[] range = [0x1A, 0x06, 0x0A, 0x04, 0x0A, 0x02, 0x18, 0x01];
        byte[] put = [0x1A, 0x06, 0x12, 0x04, 0x0A, 0x02, 0x18, 0x02];
        byte[] nested = [0x1A, 0x0E, 0x22, 0x0C, 0x0A, 0x00, 0x10, 0x01, 0x1A, 0x06, 0x1A, 0x04, 0x0A, 0x02, 0x18, 0x02];
        Assert.Equal([0, 2, 0, 0, 0, 0, 0, 0, 0, 0x10, 0x01, .. range, .. put, .. nested], answer);
    }

    [Theory]
    [InlineData(CompareTarget.Value, CompareResult.Equal, false)]
    [InlineData(CompareTarget.Value, CompareResult.NotEqual, false)]
    [InlineData(CompareTarget.Mod, CompareResult.Equal, true)]
    [InlineData(CompareTarget.Version, CompareResult.Equal, true)]
    [InlineData(CompareTarget.Create, CompareResult.Greater, false)]
    [InlineData(CompareTarget.Lease, CompareResult.Equal, true)]
    public void A_missing_key_has_0_for_every_number_and_no_value(CompareTarget target, CompareResult result, bool holds)
    {
        using var kv = new Driver();
        Assert.Equal(holds, kv.Txn(new TxnWriter().If(new Compare { Key = "no"u8, Target = target, Result = result })).Body.Succeeded);
    }

    [Fact]
    public void A_compare_over_a_range_must_hold_for_each_key()
    {
        using var kv = new Driver();
        kv.Put("a", "1");
        kv.Put("b", "1");
        var compare = new Compare { Key = "a"u8, RangeEnd = "c"u8, Target = CompareTarget.Version, Set = CompareTarget.Version, Number = 1 };
        Assert.True(kv.Txn(new TxnWriter().If(compare)).Body.Succeeded);
        kv.Put("b", "2");
        Assert.False(kv.Txn(new TxnWriter().If(compare)).Body.Succeeded);
    }

    [Fact]
    public void A_value_set_for_another_target_counts_as_unset()
    {
        using var kv = new Driver();
        kv.Put("a", "1");
        var compare = new Compare { Key = "a"u8, Target = CompareTarget.Mod, Set = CompareTarget.Version, Number = 2 };
        Assert.False(kv.Txn(new TxnWriter().If(compare)).Body.Succeeded);
    }

    [Theory]
    [InlineData(9, KeyValueError.FutureRevision)]
    [InlineData(2, KeyValueError.Compacted)]
    public void A_range_at_a_bad_revision_fails_the_whole_before_anything_is_written(long revision, KeyValueError error)
    {
        using var kv = new Driver();
        kv.Put("a", "1");
        kv.Put("a", "2");
        kv.Compact(3);
        Reply reply = kv.Txn(new TxnWriter().Put("b"u8, "1"u8).Begin().Range(new RangeRequest { Key = "a"u8, Revision = revision }).End());
        Assert.Equal(error, reply.Error);
        Assert.Equal(3, kv.Store.Revision);
        Assert.Null(kv.Value("b"));
    }

    [Fact]
    public void A_put_that_builds_on_what_the_transaction_deletes_is_refused_before_anything_is_written()
    {
        using var kv = new Driver();
        kv.Put("b", "1");
        var keep = new PutRequest { Key = "b"u8, IgnoreValue = true };
        TxnWriter txn = new TxnWriter().Put("c"u8, "1"u8).DeleteRange(new DeleteRangeRequest { Key = "a"u8, RangeEnd = "\0"u8 }).Put(keep);
        Assert.Equal(KeyValueError.None, Requests.CheckTxn(txn.Written, RequestLimits.Default));
        Assert.Equal(KeyValueError.KeyNotFound, kv.Txn(txn).Error);
        Assert.Equal("1", kv.Value("b"));
        Assert.Equal(2, kv.Store.Revision);
    }

    [Fact]
    public void A_put_without_key_and_without_lease_is_refused_for_the_key_in_a_transaction_and_for_the_lease_alone()
    {
        using var kv = new Driver();
        Assert.Equal(KeyValueError.LeaseNotFound, kv.Put("a", "", o => (o.Lease, o.IgnoreValue) = (7, true)).Error);
        Assert.Equal(KeyValueError.KeyNotFound, kv.Txn(new TxnWriter().Put(new PutRequest { Key = "a"u8, Lease = 7, IgnoreValue = true })).Error);
    }

    [Fact]
    public void A_transaction_that_only_reads_answers_without_the_log()
    {
        using var kv = new Driver();
        kv.Put("a", "1");
        var body = new ByteBuffer();
        Assert.Equal(KeyValueError.None, kv.Store.ReadOnlyTxn(new TxnWriter().Range("a"u8).Written, body, out long revision));
        Response response = Response.Read(OperationKind.Txn, body.Written);
        Assert.Equal(2, revision);
        Assert.Equal(2, response.Responses[0].HeaderRevision);
        Assert.Equal("1", Text(response.Responses[0].Pairs[0].Value));
    }

    [Fact]
    public void Count_is_the_total_whatever_limit_and_filters_and_more_says_whether_the_limit_cut()
    {
        using var kv = Four();
        Reply reply = kv.Range(new RangeRequest { Key = "a"u8, RangeEnd = "\0"u8, Limit = 2 });
        Assert.Equal((4L, true, 2), (reply.Body.Count, reply.Body.More, reply.Body.Pairs.Count));
        reply = kv.Range(new RangeRequest { Key = "a"u8, RangeEnd = "\0"u8, Limit = 2, MinModRevision = 4 });
        Assert.Equal((4L, false, 2), (reply.Body.Count, reply.Body.More, reply.Body.Pairs.Count));
        reply = kv.Range(new RangeRequest { Key = "a"u8, RangeEnd = "\0"u8, CountOnly = true, Limit = 1 });
        Assert.Equal((4L, false, 0), (reply.Body.Count, reply.Body.More, reply.Body.Pairs.Count));
        reply = kv.Range(new RangeRequest { Key = "c"u8, RangeEnd = "a"u8 });
        Assert.Equal((0L, KeyValueError.None), (reply.Body.Count, reply.Error));
    }

    [Fact]
    public void Order_none_with_another_target_sorts_the_first_keys_and_cuts()
    {
        using var kv = Four();
        Reply none = kv.Range(new RangeRequest { Key = "a"u8, RangeEnd = "\0"u8, Limit = 2, SortTarget = SortTarget.Value });
        Assert.Equal(["c", "a"], none.Body.Pairs.Select(p => Text(p.Key)));
        Reply ascend = kv.Range(new RangeRequest
        {
            Key = "a"u8, RangeEnd = "\0"u8, Limit = 2, SortTarget = SortTarget.Value, SortOrder = SortOrder.Ascend,
        });
        Assert.Equal(["d", "c"], ascend.Body.Pairs.Select(p => Text(p.Key)));
        Reply descend = kv.Range(new RangeRequest { Key = "a"u8, RangeEnd = "\0"u8, Limit = 3, SortOrder = SortOrder.Descend });
        Assert.Equal(["d", "c", "b"], descend.Body.Pairs.Select(p => Text(p.Key)));
    }

    [Fact]
    public void Keys_only_leaves_the_value_out()
    {
        using var kv = Four();
        StoredPair pair = Assert.Single(kv.Range(new RangeRequest { Key = "b"u8, KeysOnly = true }).Body.Pairs);
        Assert.Equal((0, 3L, 1L), (pair.Value.Length, pair.ModRevision, pair.Version));
    }

    private static Driver Four()
    {
        var kv = new Driver();
        kv.Put("a", "2");
        kv.Put("b", "3");
        kv.Put("c", "1");
        kv.Put("d", "0");
        return kv;
    }
}
