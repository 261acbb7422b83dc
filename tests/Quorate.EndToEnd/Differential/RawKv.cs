using Grpc.Core;
using Grpc.Net.Client;

namespace Quorate.EndToEnd.Differential;

/// <summary>What a server answered to a call.</summary>
/// <param name="Code">OK, or why not.</param>
/// <param name="Detail">The error's text.</param>
/// <param name="Message">The response's bytes; empty with an error.</param>
internal sealed record RawAnswer(StatusCode Code, string Detail, byte[] Message);

/// <summary>etcdserverpb.KV of one server, bytes in and bytes out: what is no message can be sent too.</summary>
internal sealed class RawKv : IDisposable
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(static bytes => bytes, static bytes => bytes);

    private readonly GrpcChannel channel;
    private readonly CallInvoker calls;

    /// <summary>To the server at <paramref name="endpoint"/>, <c>host:port</c>.</summary>
    public RawKv(string endpoint)
    {
        channel = GrpcChannel.ForAddress($"http://{endpoint}", new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null });
        calls = channel.CreateCallInvoker();
    }

    /// <summary>Calls a method of the service.</summary>
    public async Task<RawAnswer> CallAsync(string method, byte[] request, CancellationToken cancellation)
    {
        var description = new Method<byte[], byte[]>(MethodType.Unary, "etcdserverpb.KV", method, Bytes, Bytes);
        try
        {
            using AsyncUnaryCall<byte[]> call = calls.AsyncUnaryCall(
                description, null, new CallOptions(deadline: DateTime.UtcNow + ServerProcess.Patience, cancellationToken: cancellation), request);
            return new RawAnswer(StatusCode.OK, "", await call);
        }
        catch (RpcException failed) when (!cancellation.IsCancellationRequested)
        {
            return new RawAnswer(failed.StatusCode, failed.Status.Detail, []);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => channel.Dispose();
}
