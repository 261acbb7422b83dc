using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Quorate.Consensus;
using Quorate.Server.Http;
using Quorate.Server.Logging;

namespace Quorate.Server.Rpc;

/// <summary>What the web server runs for each request of the client ports: gRPC calls and plain HTTP.</summary>
/// <param name="calls">Answers gRPC calls.</param>
/// <param name="pages">Answers the rest.</param>
/// <param name="log">Is told of a call's fault.</param>
/// <param name="stop">Is told of a broken invariant, in one line: the process must end.</param>
internal sealed class ClientApplication(GrpcCalls calls, HttpPages pages, ILogger log, Action<string> stop) : IHttpApplication<RpcCall>
{
    /// <inheritdoc/>
    public RpcCall CreateContext(IFeatureCollection contextFeatures)
    {
        // The web server reuses its streams; what hangs on one is reused with it.
        if (contextFeatures is not IHostContextContainer<RpcCall> container)
            return Begin(new RpcCall(), contextFeatures);
        container.HostContext ??= new RpcCall();
        return Begin(container.HostContext, contextFeatures);
    }

    /// <inheritdoc/>
    public async Task ProcessRequestAsync(RpcCall context)
    {
        var request = context.Features.GetRequiredFeature<IHttpRequestFeature>();
        try
        {
            if (GrpcCalls.IsCall(request) && !MetricsPort.IsOf(context.Features))
                await calls.AnswerAsync(context, request);
            else
                await pages.AnswerAsync(context.Features, request);
        }
        catch (InvariantBrokenException broken)
        {
            // The web server would go on with the next call.
            stop(broken.Message);
            throw;
        }
        catch (Exception fault)
        {
            // The web server resets the stream; the member goes on, since one call's fault is not its state's.
            log.CallFault(request.Path, fault.Message);
            throw;
        }
    }

    /// <inheritdoc/>
    public void DisposeContext(RpcCall context, Exception? exception) => context.End();

    private static RpcCall Begin(RpcCall call, IFeatureCollection features)
    {
        call.Begin(features);
        return call;
    }
}
