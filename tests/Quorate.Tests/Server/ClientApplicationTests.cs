using System.Collections;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging.Abstractions;
using Quorate.Consensus;
using Quorate.KeyValue;
using Quorate.Server;
using Quorate.Server.Http;
using Quorate.Server.Metrics;
using Quorate.Server.Rpc;
using Quorate.Server.Services;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>What the web server runs for each request.</summary>
public sealed class ClientApplicationTests
{
    /// <summary>What the member said next could be wrong: it must not say anything.</summary>
    [Fact]
    public async Task An_invariant_that_breaks_in_a_call_stops_the_member()
    {
        string? stopped = null;
        await Assert.ThrowsAsync<InvariantBrokenException>(() => CallAsync(new InvariantBrokenException("broken"), cause => stopped = cause));
        Assert.Equal("broken", stopped);
    }

    [Fact]
    public async Task Another_fault_is_that_calls_alone()
    {
        string? stopped = null;
        await Assert.ThrowsAsync<InvalidCastException>(() => CallAsync(new InvalidCastException(), cause => stopped = cause));
        Assert.Null(stopped);
    }

    /// <summary>A learner without a leader says first that it is one.</summary>
    [Theory]
    [InlineData("/etcdserverpb.KV/Put", true, false, "etcdserver: rpc not supported for learner")]
    [InlineData("/etcdserverpb.KV/Range", true, true, "etcdserver: rpc not supported for learner")]
    [InlineData("/etcdserverpb.KV/Range", false, false, "etcdserver: no leader")]
    [InlineData("/etcdserverpb.Maintenance/Status", true, false, "etcdserver: no leader")]
    public async Task Whether_it_is_a_learner_is_asked_before_whether_there_is_a_leader(string path, bool isLearner, bool hasLeader, string expected)
    {
        var response = new HttpResponseFeature();
        await CallAsync(path, _ => throw new InvalidCastException(), static _ => { }, response, isLearner, hasLeader);
        Assert.Equal(expected, response.Headers["grpc-message"].ToString());
    }

    private static Task CallAsync(Exception fault, Action<string> stop) =>
        CallAsync("/etcdserverpb.KV/Range", _ => throw fault, stop, new HttpResponseFeature(), isLearner: false, hasLeader: true);

    private static async Task CallAsync(
        string path, UnaryHandler handler, Action<string> stop, HttpResponseFeature response, bool isLearner, bool hasLeader)
    {
        ServerCommandLine.Read([], new Hashtable(), out ServerOptions? options);
        using var store = new KeyValueStore();
        var member = new MemberState(1, new NodeId(1));
        member.Start(null!, store);
        var metrics = new ServerMetrics(options!);
        var table = new RpcTable(
            new Dictionary<string, UnaryHandler> { [path] = handler }, new Dictionary<string, StreamHandler>(), () => isLearner, () => hasLeader);
        var application = new ClientApplication(
            new GrpcCalls(table, member, options!, metrics, NullLogger.Instance), new HttpPages(member, metrics, table), NullLogger.Instance, stop);
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(new byte[5], TestContext.Current.CancellationToken);
        await pipe.Writer.CompleteAsync();
        var features = new FeatureCollection();
        var request = new HttpRequestFeature { Path = path, Headers = { ContentType = "application/grpc" } };
        request.Headers["hasleader"] = "true";
        features.Set<IHttpRequestFeature>(request);
        features.Set<IHttpResponseFeature>(response);
        features.Set<IRequestBodyPipeFeature>(new Body(pipe.Reader));
        RpcCall call = application.CreateContext(features);
        await application.ProcessRequestAsync(call);
    }

    private sealed class Body(PipeReader reader) : IRequestBodyPipeFeature
    {
        public PipeReader Reader => reader;
    }
}
