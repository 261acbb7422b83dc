using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Net.Client;
using Quorate.Protocol.Etcdserverpb;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>
/// Writers at all members, each with one write under way and every write a key of its own. A write that fails is unknown: it may be there or
/// not, and is not sent again; the next one goes to the next member.
/// </summary>
internal sealed class WriteLoad : IAsyncDisposable
{
    private static readonly TimeSpan WritePatience = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource stop = new();
    private readonly GrpcChannel[] channels;
    private readonly KV.KVClient[] clients;
    private readonly ConcurrentDictionary<string, long> answered = new();
    private readonly Lock gate = new();
    private readonly Task[] writers;
    private long count;
    private long unknown;
    private (long Count, TaskCompletionSource Reached) awaited = (long.MaxValue, new());
    private (long Since, TaskCompletionSource<long> Told) fresh = (long.MaxValue, new());

    /// <summary>Begins to write.</summary>
    /// <param name="endpoints"><c>host:port</c> of each member.</param>
    /// <param name="writersEach">Writers at each.</param>
    public WriteLoad(IReadOnlyList<string> endpoints, int writersEach)
    {
        channels = [.. endpoints.Select(e => GrpcChannel.ForAddress($"http://{e}"))];
        clients = [.. channels.Select(c => new KV.KVClient(c))];
        writers = [.. Enumerable.Range(0, endpoints.Count * writersEach).Select(w => Task.Run(() => WriteAsync(w)))];
    }

    /// <summary>Keys whose write was answered, with the revision that the answer named.</summary>
    public IReadOnlyDictionary<string, long> Answered => answered;

    /// <summary>Writes that got no answer.</summary>
    public long Unknown => Interlocked.Read(ref unknown);

    /// <summary>Waits until so many more writes are answered.</summary>
    /// <returns>How long it took.</returns>
    public async Task<TimeSpan> WaitForAsync(int more)
    {
        long began = Stopwatch.GetTimestamp();
        TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
            awaited = (count + more, reached);
        await reached.Task.WaitAsync(ServerProcess.Patience, TestContext.Current.CancellationToken);
        return Stopwatch.GetElapsedTime(began);
    }

    /// <summary>Waits for the first answer to a write begun from now on.</summary>
    /// <returns>How long after the call it came.</returns>
    public async Task<TimeSpan> NextAnswerAsync()
    {
        long since = Stopwatch.GetTimestamp();
        TaskCompletionSource<long> told = new(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (gate)
            fresh = (since, told);
        long at = await told.Task.WaitAsync(ServerProcess.Patience, TestContext.Current.CancellationToken);
        return Stopwatch.GetElapsedTime(since, at);
    }

    /// <summary>Ends all writers; returns when their last writes have ended.</summary>
    public async Task StopAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(writers);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        foreach (GrpcChannel channel in channels)
            channel.Dispose();
        stop.Dispose();
    }

    private async Task WriteAsync(int writer)
    {
        int home = writer % clients.Length;
        int at = home;
        for (int number = 0; !stop.IsCancellationRequested; number++)
        {
            string key = $"w/{writer.ToString("d3", CultureInfo.InvariantCulture)}/{number.ToString("d7", CultureInfo.InvariantCulture)}";
            var put = new PutRequest { Key = ByteString.CopyFromUtf8(key), Value = ByteString.CopyFromUtf8(key) };
            long began = Stopwatch.GetTimestamp();
            try
            {
                PutResponse response = await clients[at].PutAsync(put, deadline: DateTime.UtcNow + WritePatience);
                Took(key, response.Header.Revision, began);
                at = home;
            }
            catch (RpcException)
            {
                Interlocked.Increment(ref unknown);
                at = (at + 1) % clients.Length;
            }
        }
    }

    private void Took(string key, long revision, long began)
    {
        long now = Stopwatch.GetTimestamp();
        Assert.True(answered.TryAdd(key, revision));
        lock (gate)
        {
            if (++count >= awaited.Count)
                awaited.Reached.TrySetResult();
            if (began >= fresh.Since)
                fresh.Told.TrySetResult(now);
        }
    }
}
