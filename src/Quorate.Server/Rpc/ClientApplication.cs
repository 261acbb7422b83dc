using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Quorate.Server.Http;
using Quorate.Server.Logging;

namespace Quorate.Server.Rpc;

/// <summary>What the web server runs for each request of the client ports: gRPC calls and plain HTTP.</summary>
internal sealed class ClientApplication(GrpcCalls calls, HttpPages pages, ILogger log) : IHttpApplication<RpcCall>
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
            if (GrpcCalls.IsCall(request))
                await calls.AnswerAsync(context, request);
            else
                await pages.AnswerAsync(context.Features, request);
        }
        catch (Exception fault) when (fault is not Consensus.InvariantBrokenException)
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
