using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Xunit;
using static Quorate.Tests.KeyValue.Driver;

namespace Quorate.Tests.KeyValue;

/// <summary>What a member checks before it takes a request, in etcd's order and with etcd's texts.</summary>
public class RequestTests
{
    private static readonly RequestLimits Limits = RequestLimits.Default;

    [Fact]
    public void Empty_keys_are_refused_everywhere()
    {
        Assert.Equal(KeyValueError.KeyNotProvided, Requests.CheckRange([]));
        Assert.Equal(KeyValueError.KeyNotProvided, Requests.CheckPut([], Limits));
        Assert.Equal(KeyValueError.KeyNotProvided, Requests.CheckDeleteRange([], Limits));
        Assert.Equal(KeyValueError.KeyNotProvided, Check(new TxnWriter().If(new Compare())));
        Assert.Equal(KeyValueError.KeyNotProvided, Check(new TxnWriter().Put([], "v"u8)));
        Assert.Equal("etcdserver: key is not provided", KeyValueError.KeyNotProvided.Text());
    }

    [Fact]
    public void A_value_or_lease_beside_its_ignore_flag_is_refused()
    {
        Assert.Equal(KeyValueError.ValueProvided, CheckPut(new PutRequest { Key = "k"u8, Value = "v"u8, IgnoreValue = true }));
        Assert.Equal(KeyValueError.LeaseProvided, CheckPut(new PutRequest { Key = "k"u8, Lease = 1, IgnoreLease = true }));
        Assert.Equal(KeyValueError.None, CheckPut(new PutRequest { Key = "k"u8, IgnoreValue = true, IgnoreLease = true }));
    }

    [Theory]
    [InlineData(0, 0, KeyValueError.None)]
    [InlineData(2, 4, KeyValueError.None)]
    [InlineData(3, 0, KeyValueError.InvalidSortOption)]
    [InlineData(-1, 0, KeyValueError.InvalidSortOption)]
    [InlineData(0, 5, KeyValueError.InvalidSortOption)]
    public void Sort_options_outside_the_enumeration_are_refused(int order, int target, KeyValueError expected)
    {
        var bytes = new ByteBuffer();
        new RangeRequest { Key = "k"u8, SortOrder = (SortOrder)order, SortTarget = (SortTarget)target }.Write(bytes);
        Assert.Equal(expected, Requests.CheckRange(bytes.Written));
    }

    [Fact]
    public void Each_list_may_have_128_entries_and_a_nested_transaction_what_its_parents_longest_leaves()
    {
        Assert.Equal(KeyValueError.None, Check(Puts(new TxnWriter(), 128)));
        Assert.Equal(KeyValueError.TooManyOperations, Check(Puts(new TxnWriter(), 129)));

        // The parent's longest list has 28 + 1: it leaves 99 for each nested one, siblings apart.
        TxnWriter nested = Puts(new TxnWriter(), 27);
        Puts(nested.Begin(), 99, "a").End();
        Puts(nested.Begin(), 99, "b").End();
        Assert.Equal(KeyValueError.None, Check(nested));
        nested = Puts(new TxnWriter(), 28);
        Puts(nested.Begin(), 100, "a").End();
        Assert.Equal(KeyValueError.TooManyOperations, Check(nested));
    }

    [Fact]
    public void An_operation_with_nothing_set_is_a_key_not_found() =>
        Assert.Equal(KeyValueError.KeyNotFound, Check(new TxnWriter().Nothing()));

    [Fact]
    public void A_key_may_be_written_once_in_a_branch()
    {
        Assert.Equal(KeyValueError.DuplicateKey, Check(new TxnWriter().Put("a"u8, "1"u8).Put("a"u8, "2"u8)));
        Assert.Equal(KeyValueError.DuplicateKey, Check(new TxnWriter().Delete("a"u8).Put("a"u8, "2"u8)));
        Assert.Equal(KeyValueError.DuplicateKey, Check(new TxnWriter().Put("b"u8, "2"u8).DeleteRange(Span("a", "c"))));
        Assert.Equal(KeyValueError.DuplicateKey, Check(new TxnWriter().Else().Put("a"u8, "1"u8).Put("a"u8, "2"u8)));
        Assert.Equal(KeyValueError.None, Check(new TxnWriter().Put("c"u8, "2"u8).DeleteRange(Span("a", "c"))));
    }

    [Fact]
    public void Then_and_else_exclude_each_other_and_deletes_may_overlap()
    {
        Assert.Equal(KeyValueError.None, Check(new TxnWriter().Put("a"u8, "1"u8).Else().Put("a"u8, "2"u8).Put("b"u8, "2"u8)));
        Assert.Equal(KeyValueError.None, Check(new TxnWriter().Delete("a"u8).DeleteRange(Span("a", "c")).Delete("a"u8)));
        Assert.Equal(
            KeyValueError.None,
            Check(new TxnWriter().Begin().Put("a"u8, "1"u8).Else().Put("a"u8, "2"u8).End().Put("b"u8, "1"u8)));
    }

    [Fact]
    public void Nested_transactions_are_covered_whichever_branch_is_taken()
    {
        Assert.Equal(
            KeyValueError.DuplicateKey, Check(new TxnWriter().Put("a"u8, "1"u8).Begin().Else().Put("a"u8, "2"u8).End()));
        Assert.Equal(
            KeyValueError.DuplicateKey,
            Check(new TxnWriter().Begin().Put("a"u8, "1"u8).End().Begin().Else().Put("a"u8, "2"u8).End()));
        Assert.Equal(
            KeyValueError.DuplicateKey, Check(new TxnWriter().Put("b"u8, "1"u8).Begin().DeleteRange(Span("a", "c")).End()));
        Assert.Equal(
            KeyValueError.DuplicateKey, Check(new TxnWriter().DeleteRange(Span("a", "c")).Begin().Put("b"u8, "1"u8).End()));
    }

    [Fact]
    public void Requests_above_the_limit_are_too_large()
    {
        byte[] value = new byte[Limits.RequestBytesMax - 100];
        Assert.Equal(KeyValueError.None, CheckPut(new PutRequest { Key = "k"u8, Value = value }));
        Assert.Equal(KeyValueError.RequestTooLarge, CheckPut(new PutRequest { Key = new byte[101], Value = value }));
    }

    [Fact]
    public void A_transaction_is_classified_by_what_is_in_it()
    {
        var serializable = new RangeRequest { Key = "k"u8, Serializable = true };
        Assert.Equal(TxnClass.SerializableRead, Requests.Classify([]));
        Assert.Equal(TxnClass.SerializableRead, Requests.Classify(new TxnWriter().Range(serializable).Else().Range(serializable).Written));
        Assert.Equal(TxnClass.LinearizableRead, Requests.Classify(new TxnWriter().Range(serializable).Else().Range("k"u8).Written));
        Assert.Equal(TxnClass.Write, Requests.Classify(new TxnWriter().Range("k"u8).Else().Delete("k"u8).Written));
        Assert.Equal(TxnClass.Write, Requests.Classify(new TxnWriter().Begin().Range("k"u8).End().Written));
    }

    [Fact]
    public void Unknown_fields_are_left_out_and_broken_bytes_are_malformed()
    {
        var bytes = new ByteBuffer();
        bytes.WriteField(99, 7L);
        bytes.WriteMessage(100, "x"u8);
        new PutRequest { Key = "k"u8 }.Write(bytes);
        Assert.Equal(KeyValueError.None, Requests.CheckPut(bytes.Written, Limits));
        byte[] whole = bytes.Written.ToArray();
        Assert.Equal(KeyValueError.Malformed, Requests.CheckPut(whole.AsSpan(0, whole.Length - 1), Limits));
        Assert.Equal(KeyValueError.Malformed, Requests.CheckRange([0x08, 0x01]));
        Assert.Equal(KeyValueError.Malformed, Requests.CheckTxn([0x0A, 0x7F], Limits));
    }

    [Fact]
    public void Transactions_nested_deeper_than_any_limit_allows_are_malformed()
    {
        var txn = new TxnWriter();
        for (int i = 0; i < 400; i++)
            txn.Begin();
        for (int i = 0; i < 400; i++)
            txn.End();
        Assert.Equal(KeyValueError.Malformed, Check(txn));
    }

    private static KeyValueError Check(TxnWriter txn) => Requests.CheckTxn(txn.Written, Limits);

    private static KeyValueError CheckPut(in PutRequest put)
    {
        var bytes = new ByteBuffer();
        put.Write(bytes);
        return Requests.CheckPut(bytes.Written, Limits);
    }

    private static DeleteRangeRequest Span(string from, string to) => new() { Key = Bytes(from), RangeEnd = Bytes(to) };

    private static TxnWriter Puts(TxnWriter txn, int count, string prefix = "")
    {
        for (int i = 0; i < count; i++)
            txn.Put(Bytes($"{prefix}{i}"), "v"u8);
        return txn;
    }
}
