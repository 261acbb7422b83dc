using System.Globalization;
using Quorate.Consensus;
using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Xunit;
using static Quorate.Tests.KeyValue.Driver;

namespace Quorate.Tests.KeyValue;

/// <summary>Readers on other threads while commands are applied: each read must be one whole state, and freed memory is poisoned.</summary>
public class ReaderTortureTests
{
    private const int Keys = 400;
    private const int Writes = 8_000;

    [Fact]
    public async Task Readers_only_ever_see_whole_states_while_apply_goes_on()
    {
        using var kv = new Driver(segmentBytes: 1 << 14);
        foreach (int key in Enumerable.Range(0, Keys))
            kv.Put(Name(key), "0");
        using var stop = new CancellationTokenSource();
        long[] passes = new long[4];
        Task[] readers =
        [
            .. Enumerable.Range(0, 3).Select(i => Task.Run(() => Read(kv.Store, i, passes, stop.Token), TestContext.Current.CancellationToken)),
            Task.Run(() => TakeSnapshots(kv.Store, passes, stop.Token), TestContext.Current.CancellationToken),
        ];

        try
        {
            Write(kv, passes, readers);
        }
        finally
        {
            await stop.CancelAsync();
        }

        // All must have left before the store is disposed, whatever one of them found.
        await Task.WhenAll(readers);

        // With everybody gone, nothing waits to be freed for long.
        kv.Put("k", "v");
        kv.Put("k", "v");
        Assert.True(kv.Store.RetiredWaiting == 0, $"{kv.Store.RetiredWaiting} blocks wait for nobody");
    }

    private static string Name(int key) => $"/registry/things/{key:d4}";

    /// <summary>Writes so often, and on until every reader has come through a few times, or one has failed.</summary>
    private static void Write(Driver kv, long[] passes, Task[] readers)
    {
        var prng = new Prng(42);
        for (int i = 1; i <= Writes || (passes.Min() < 3 && !readers.Any(r => r.IsCompleted)); i++)
        {
            // Two keys always change together and hold the same; a third comes and goes.
            int pair = (int)prng.Below(Keys / 2);
            byte[] value = Bytes(i.ToString(CultureInfo.InvariantCulture));
            var txn = new TxnWriter().Put(Bytes(Name(pair)), value).Put(Bytes(Name(pair + (Keys / 2))), value);
            byte[] other = prng.Below(2) == 0
                ? CommandWriter.Put(Bytes($"/zzz/{prng.Below(500)}"), value)
                : CommandWriter.Delete(Bytes($"/zzz/{prng.Below(500)}"));
            kv.Apply(CommandWriter.Txn(txn), other);
            if (i % 500 == 0)
                kv.Compact(kv.Store.Revision - 100);
        }
    }

    private static void Read(KeyValueStore store, int reader, long[] passes, CancellationToken stop)
    {
        var prng = new Prng((ulong)reader);
        var request = new ByteBuffer();
        var body = new ByteBuffer();
        long lastRevision = 0;
        while (!stop.IsCancellationRequested)
        {
            request.Clear();
            body.Clear();
            bool old = prng.Below(2) == 0;
            new RangeRequest { Key = "/registry/"u8, RangeEnd = "/registry0"u8, Revision = old ? Math.Max(Keys + 1, store.Revision - 20) : 0 }.Write(request);
            KeyValueError error = store.Range(request.Written, body, out long revision);
            Assert.True(revision >= lastRevision);
            lastRevision = revision;
            if (error == KeyValueError.Compacted)
                continue;
            Assert.Equal(KeyValueError.None, error);
            Response response = Response.Read(OperationKind.Range, body.Written);
            Assert.Equal(Keys, response.Pairs.Count);
            Assert.Equal(Keys, response.Count);
            for (int i = 0; i < Keys / 2; i++)
            {
                Assert.Equal(Text(response.Pairs[i].Value), Text(response.Pairs[i + (Keys / 2)].Value));
                Assert.Equal(response.Pairs[i].ModRevision == i + 2, response.Pairs[i].Version == 1);
            }

            Interlocked.Increment(ref passes[reader]);
        }
    }

    private static void TakeSnapshots(KeyValueStore store, long[] passes, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            // What is read slowly, while everything changes, must still restore to itself.
            using ISnapshotSource source = store.Capture();
            byte[] bytes = ReadAll(source, 4096);
            using var copy = new Driver(segmentBytes: 1 << 15);
            copy.Restore(bytes);
            Assert.Equal(bytes, copy.Snapshot(4096));
            Interlocked.Increment(ref passes[^1]);
        }
    }
}
