using System.Buffers;
using System.IO.Pipelines;
using Google.Protobuf;
using Microsoft.AspNetCore.Http.Features;

namespace Quorate.Server.Rpc;

/// <summary>The replies of a streaming call. Owned by its handler; one write at a time.</summary>
internal sealed class RpcStream(RpcCall call, PipeWriter writer, IHttpResponseBodyFeature response)
{
    private bool begun;

    /// <summary>Sends one message.</summary>
    public ValueTask WriteAsync(IMessage message, CancellationToken cancellation)
    {
        call.Reply.Clear();
        message.WriteTo(call.Reply);
        return SendAsync(cancellation);
    }

    /// <summary>Sends one message that is encoded already.</summary>
    public ValueTask WriteAsync(ReadOnlySpan<byte> message, CancellationToken cancellation)
    {
        call.Reply.Clear();
        call.Reply.Write(message);
        return SendAsync(cancellation);
    }

    private async ValueTask SendAsync(CancellationToken cancellation)
    {
        if (!begun)
        {
            begun = true;
            await response.StartAsync(cancellation);
        }

        call.SentBytes += call.Reply.MessageBytes;
        call.Reply.SendTo(writer);
        await writer.FlushAsync(cancellation);
    }
}
