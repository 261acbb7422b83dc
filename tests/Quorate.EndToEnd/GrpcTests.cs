using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using Quorate.Protocol.Etcdserverpb;
using Quorate.Protocol.Health;
using Xunit;

namespace Quorate.EndToEnd;

/// <summary>What the command-line client cannot say, on Raft.</summary>
public sealed class GrpcOnRaftTests(OneRaftMember member) : GrpcTests(member), IClassFixture<OneRaftMember>;

/// <summary>What the command-line client cannot say, on Multi-Paxos.</summary>
public sealed class GrpcOnMultiPaxosTests(OneMultiPaxosMember member) : GrpcTests(member), IClassFixture<OneMultiPaxosMember>;

/// <summary>What the command-line client cannot say.</summary>
public abstract class GrpcTests(OneMember member)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private KV.KVClient Kv => new(member.Channel);

    private static async Task<(StatusCode Code, string Text)> FailAsync(Func<Task> call)
    {
        RpcException failed = await Assert.ThrowsAsync<RpcException>(call);
        return (failed.StatusCode, failed.Status.Detail);
    }

    [Fact]
    public async Task A_value_of_one_mebibyte_goes_in_and_out()
    {
        byte[] value = RandomNumberGenerator.GetBytes(1 << 20);
        PutResponse put = await Kv.PutAsync(
            new PutRequest { Key = ByteString.CopyFromUtf8("large"), Value = ByteString.CopyFrom(value) }, cancellationToken: Stop);
        RangeResponse range = await Kv.RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8("large") }, cancellationToken: Stop);
        Assert.Equal(value, range.Kvs[0].Value.ToByteArray());
        Assert.Equal(put.Header.Revision, range.Kvs[0].ModRevision);
        Assert.NotEqual(0UL, range.Header.ClusterId);
        Assert.NotEqual(0UL, range.Header.MemberId);
        Assert.NotEqual(0UL, range.Header.RaftTerm);
    }

    [Fact]
    public async Task Requests_beyond_the_limits_are_refused_and_nothing_is_lost()
    {
        var put = new PutRequest { Key = ByteString.CopyFromUtf8("huge"), Value = ByteString.CopyFrom(new byte[1_600_000]) };
        Assert.Equal(
            (StatusCode.InvalidArgument, "etcdserver: request is too large"),
            await FailAsync(async () => await Kv.PutAsync(put, cancellationToken: Stop)));
        put.Value = ByteString.CopyFrom(new byte[2_200_000]);
        (StatusCode code, string text) = await FailAsync(async () => await Kv.PutAsync(put, cancellationToken: Stop));
        Assert.Equal(StatusCode.ResourceExhausted, code);
        Assert.Contains("larger than max", text, StringComparison.Ordinal);
        put.Value = ByteString.CopyFromUtf8("small");
        await Kv.PutAsync(put, cancellationToken: Stop);
    }

    [Fact]
    public async Task Malformed_requests_are_refused()
    {
        Assert.Equal(
            (StatusCode.InvalidArgument, "etcdserver: key is not provided"),
            await FailAsync(async () => await Kv.RangeAsync(new RangeRequest(), cancellationToken: Stop)));
        Assert.Equal(
            (StatusCode.InvalidArgument, "etcdserver: invalid sort option"),
            await FailAsync(async () => await Kv.RangeAsync(
                new RangeRequest { Key = ByteString.CopyFromUtf8("k"), SortOrder = (RangeRequest.Types.SortOrder)9 }, cancellationToken: Stop)));
        RangeResponse backwards = await Kv.RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8("b"), RangeEnd = ByteString.CopyFromUtf8("a") }, cancellationToken: Stop);
        Assert.Equal(0, backwards.Count);
    }

    [Fact]
    public async Task A_large_range_comes_in_chunks_of_one_revision()
    {
        for (int i = 0; i < 5; i++)
        {
            await Kv.PutAsync(
                new PutRequest { Key = ByteString.CopyFromUtf8($"chunk/{i}"), Value = ByteString.CopyFrom(new byte[1 << 20]) }, cancellationToken: Stop);
        }

        var request = new RangeRequest { Key = ByteString.CopyFromUtf8("chunk/"), RangeEnd = ByteString.CopyFromUtf8("chunk0"), Limit = 4 };
        RangeResponse whole = await Kv.RangeAsync(request, cancellationToken: Stop);
        using AsyncServerStreamingCall<RangeStreamResponse> stream = Kv.RangeStream(request, cancellationToken: Stop);
        var chunks = new List<RangeResponse>();
        await foreach (RangeStreamResponse chunk in stream.ResponseStream.ReadAllAsync(Stop))
            chunks.Add(chunk.RangeResponse);
        Assert.Equal(2, chunks.Count);
        Assert.Equal(whole.Kvs, chunks.SelectMany(c => c.Kvs));
        Assert.Null(chunks[0].Header);
        Assert.Equal(0, chunks[0].Count);
        Assert.Equal(whole.Header, chunks[1].Header);
        Assert.Equal((5, true), (chunks[1].Count, chunks[1].More));

        request.SortOrder = RangeRequest.Types.SortOrder.Descend;
        using AsyncServerStreamingCall<RangeStreamResponse> sorted = Kv.RangeStream(request, cancellationToken: Stop);
        Assert.Equal(StatusCode.Unimplemented, (await FailAsync(() => sorted.ResponseStream.MoveNext(Stop))).Code);
        using AsyncServerStreamingCall<RangeStreamResponse> keyless = Kv.RangeStream(new RangeRequest(), cancellationToken: Stop);
        Assert.Equal(
            (StatusCode.InvalidArgument, "etcdserver: key is not provided"), await FailAsync(() => keyless.ResponseStream.MoveNext(Stop)));
    }

    [Fact]
    public async Task A_call_that_is_not_built_says_so()
    {
        var lease = new Lease.LeaseClient(member.Channel);
        (StatusCode code, _) = await FailAsync(async () => await lease.LeaseGrantAsync(new LeaseGrantRequest { TTL = 5 }, cancellationToken: Stop));
        Assert.Equal(StatusCode.Unimplemented, code);
    }

    [Fact]
    public async Task A_deadline_that_has_passed_ends_a_call()
    {
        // By hand, since a gRPC client would end the call by itself.
        Assert.Equal("4", await RangeStatusAsync("1n"));
        Assert.Equal("0", await RangeStatusAsync("20S"));
    }

    private async Task<string> RangeStatusAsync(string timeout)
    {
        byte[] message = new RangeRequest { Key = ByteString.CopyFromUtf8("k") }.ToByteArray();
        using var client = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"http://{member.Endpoint}/etcdserverpb.KV/Range")
        {
            Version = new Version(2, 0),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent([0, 0, 0, 0, (byte)message.Length, .. message]),
        };
        request.Content.Headers.Add("Content-Type", "application/grpc");
        request.Headers.Add("grpc-timeout", timeout);
        using HttpResponseMessage response = await client.SendAsync(request, Stop);
        await response.Content.ReadAsByteArrayAsync(Stop);
        return response.Headers.TryGetValues("grpc-status", out IEnumerable<string>? inHeaders)
            ? inHeaders.Single()
            : response.TrailingHeaders.GetValues("grpc-status").Single();
    }

    [Fact]
    public async Task Hasleader_is_honoured()
    {
        var metadata = new Metadata { { "hasleader", "true" } };
        await Kv.RangeAsync(new RangeRequest { Key = ByteString.CopyFromUtf8("k") }, metadata, cancellationToken: Stop);
    }

    [Fact]
    public async Task Health_is_served_and_watched()
    {
        var client = new Health.HealthClient(member.Channel);
        HealthCheckResponse health = await client.CheckAsync(new HealthCheckRequest(), cancellationToken: Stop);
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);
        Assert.Equal(
            StatusCode.NotFound,
            (await FailAsync(async () => await client.CheckAsync(new HealthCheckRequest { Service = "x" }, cancellationToken: Stop))).Code);
        using var watch = client.Watch(new HealthCheckRequest(), cancellationToken: Stop);
        Assert.True(await watch.ResponseStream.MoveNext(Stop));
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, watch.ResponseStream.Current.Status);
    }

    [Fact]
    public async Task Many_calls_share_a_connection()
    {
        Task[] puts = [.. Enumerable.Range(0, 500).Select(i => Kv.PutAsync(
            new PutRequest { Key = ByteString.CopyFromUtf8($"many/{i}"), Value = ByteString.CopyFromUtf8($"{i}") }, cancellationToken: Stop).ResponseAsync)];
        await Task.WhenAll(puts);
        RangeResponse range = await Kv.RangeAsync(
            new RangeRequest { Key = ByteString.CopyFromUtf8("many/"), RangeEnd = ByteString.CopyFromUtf8("many0"), CountOnly = true },
            cancellationToken: Stop);
        Assert.Equal(500, range.Count);
    }
}
