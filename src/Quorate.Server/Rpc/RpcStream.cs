using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http.Features;

namespace Quorate.Server.Rpc;

/// <summary>The replies of a streaming call. Owned by its handler; one write at a time.</summary>
internal sealed class RpcStream(RpcCall call, PipeWriter writer, IHttpResponseBodyFeature response)
{
    private bool begun;

    /// <summary>Sends one message.</summary>
    public async ValueTask WriteAsync(IMessage message, CancellationToken cancellation)
    {
        if (!begun)
        {
            begun = true;
            await response.StartAsync(cancellation);
        }

        call.Reply.Clear();
        message.WriteTo(call.Reply);
        call.SentBytes += call.Reply.MessageBytes;
        call.Reply.SendTo(writer);
        await writer.FlushAsync(cancellation);
    }
}
