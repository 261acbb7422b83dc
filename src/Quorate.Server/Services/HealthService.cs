using Grpc.Core;
using Quorate.Protocol.Health;
using Quorate.Server.Errors;
using Quorate.Server.Rpc;

namespace Quorate.Server.Services;

/// <summary>grpc.health.v1.Health. There is one service, named "": the member as a whole, serving from its start to its stop.</summary>
internal sealed class HealthService(MemberState member, CancellationToken stopping)
{
    /// <summary>Adds its handlers.</summary>
    public void AddTo(Dictionary<string, UnaryHandler> unary, Dictionary<string, StreamHandler> streams)
    {
        unary.Add("/grpc.health.v1.Health/Check", CheckAsync);
        streams.Add("/grpc.health.v1.Health/Watch", WatchAsync);
    }

    private ValueTask CheckAsync(RpcCall call)
    {
        if (call.Read(HealthCheckRequest.Parser).Service.Length > 0)
            throw new RpcFailure(new RpcStatus(StatusCode.NotFound, "unknown service"));
        call.Write(new HealthCheckResponse { Status = Now });
        return ValueTask.CompletedTask;
    }

    private async Task WatchAsync(RpcCall call, RpcStream stream)
    {
        bool known = call.Read(HealthCheckRequest.Parser).Service.Length == 0;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, stopping);
        await stream.WriteAsync(
            new HealthCheckResponse { Status = known ? Now : HealthCheckResponse.Types.ServingStatus.ServiceUnknown }, ends.Token);
        var ended = new TaskCompletionSource();
        using (ends.Token.Register(ended.SetResult))
            await ended.Task;
        if (!stopping.IsCancellationRequested)
            throw new RpcFailure(new RpcStatus(StatusCode.Cancelled, "Stream has ended."));
        if (known)
            await stream.WriteAsync(new HealthCheckResponse { Status = Now }, CancellationToken.None);
        throw new RpcFailure(EtcdErrors.ServerStopped);
    }

    private HealthCheckResponse.Types.ServingStatus Now => member.IsStopping
        ? HealthCheckResponse.Types.ServingStatus.NotServing
        : HealthCheckResponse.Types.ServingStatus.Serving;
}
