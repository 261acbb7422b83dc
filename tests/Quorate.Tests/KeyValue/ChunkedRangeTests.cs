using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Xunit;

namespace Quorate.Tests.KeyValue;

/// <summary>Ranges in chunks answer what a range answers.</summary>
public sealed class ChunkedRangeTests : IDisposable
{
    private readonly Driver kv = new();

    public ChunkedRangeTests()
    {
        for (int i = 0; i < 100; i++)
            kv.Put($"k{i:d3}", new string('v', i));
    }

    public void Dispose() => kv.Dispose();

    [Theory]
    [InlineData(0, 0, false, false)]
    [InlineData(10, 0, false, false)]
    [InlineData(100, 0, false, false)]
    [InlineData(33, 60, true, false)]
    [InlineData(0, 50, false, true)]
    public void All_chunks_together_are_the_range(long limit, long revision, bool keysOnly, bool countOnly)
    {
        byte[] request = Request(new RangeRequest
        {
            Key = "k"u8, RangeEnd = "l"u8, Limit = limit, Revision = revision, KeysOnly = keysOnly, CountOnly = countOnly,
        });
        var whole = new ByteBuffer();
        Assert.Equal(KeyValueError.None, kv.Store.Range(request, whole, out long storeRevision));
        foreach (int bytesMax in (int[])[1, 100, 1000, 100_000])
        {
            var range = new ChunkedRange(kv.Store, request);
            var together = new ByteBuffer();
            for (int chunk = 0; !range.Ended; chunk++)
            {
                Assert.Equal(KeyValueError.None, range.Next(together, bytesMax));
                kv.Put($"k{chunk:d3}", "changed meanwhile");
                kv.Delete("k099");
            }

            Assert.Equal(storeRevision, range.StoreRevision);
            Assert.Equal(whole.Written, together.Written);
            whole.Clear();
            Assert.Equal(KeyValueError.None, kv.Store.Range(request, whole, out storeRevision));
        }
    }

    [Fact]
    public void One_key_is_one_chunk()
    {
        var range = new ChunkedRange(kv.Store, Request(new RangeRequest { Key = "k007"u8 }));
        var body = new ByteBuffer();
        Assert.Equal(KeyValueError.None, range.Next(body, 1));
        Assert.True(range.Ended);
        Response response = Response.Read(OperationKind.Range, body.Written);
        Assert.Equal("vvvvvvv", Driver.Text(Assert.Single(response.Pairs).Value));
        Assert.Equal(1, response.Count);
    }

    [Fact]
    public void A_compaction_meanwhile_ends_it()
    {
        var range = new ChunkedRange(kv.Store, Request(new RangeRequest { Key = "k"u8, RangeEnd = "l"u8 }));
        Assert.Equal(KeyValueError.None, range.Next(new ByteBuffer(), 100));
        kv.Put("k000", "newer");
        kv.Compact(kv.Store.Revision);
        Assert.Equal(KeyValueError.Compacted, range.Next(new ByteBuffer(), 100));
    }

    [Fact]
    public void A_future_revision_is_refused()
    {
        var range = new ChunkedRange(kv.Store, Request(new RangeRequest { Key = "k"u8, Revision = 1000 }));
        Assert.Equal(KeyValueError.FutureRevision, range.Next(new ByteBuffer(), 100));
    }

    private static byte[] Request(in RangeRequest range)
    {
        var bytes = new ByteBuffer();
        range.Write(bytes);
        return bytes.Written.ToArray();
    }
}
