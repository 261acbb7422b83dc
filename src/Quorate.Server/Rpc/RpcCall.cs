using System.Buffers;
using Google.Protobuf;
using Microsoft.AspNetCore.Http.Features;

namespace Quorate.Server.Rpc;

/// <summary>A call under way. Reused with its connection's stream; owned by the handler until it returns.</summary>
internal sealed class RpcCall
{
    private IFeatureCollection? features;
    private byte[] flat = [];

    /// <summary>What came with the request, and what goes with the response.</summary>
    public IFeatureCollection Features => features ?? throw new InvalidOperationException("no call is under way");

    /// <summary>The request message's bytes. Valid until the handler returns.</summary>
    public ReadOnlySequence<byte> Request { get; set; }

    /// <summary>The reply of a unary call.</summary>
    public ReplyBuffer Reply { get; } = new();

    /// <summary>How long the client waits.</summary>
    public CallDeadline Deadline { get; } = new();

    /// <summary>How the call ends.</summary>
    public RpcStatus Status { get; set; } = RpcStatus.Ok;

    /// <summary>Bytes of request messages.</summary>
    public long ReceivedBytes { get; set; }

    /// <summary>Bytes of reply messages.</summary>
    public long SentBytes { get; set; }

    /// <summary>Cancelled when the client has gone.</summary>
    public CancellationToken Aborted => Features.GetRequiredFeature<IHttpRequestLifetimeFeature>().RequestAborted;

    /// <summary>Begins another call.</summary>
    public void Begin(IFeatureCollection call)
    {
        features = call;
        Status = RpcStatus.Ok;
        ReceivedBytes = 0;
        SentBytes = 0;
        Reply.Clear();
    }

    /// <summary>Ends the call.</summary>
    public void End()
    {
        features = null;
        Deadline.End();
        Request = default;
        if (flat.Length > 16 << 10)
        {
            ArrayPool<byte>.Shared.Return(flat);
            flat = [];
        }
    }

    /// <summary>The value of a metadata entry; null without one.</summary>
    public string? Metadata(string key) =>
        Features.GetRequiredFeature<IHttpRequestFeature>().Headers.TryGetValue(key, out var values) ? values.ToString() : null;

    /// <summary>The request in one piece; copied only where it came in several.</summary>
    public ReadOnlySpan<byte> FlatRequest()
    {
        if (Request.IsSingleSegment)
            return Request.FirstSpan;
        int length = checked((int)Request.Length);
        if (flat.Length < length)
        {
            if (flat.Length > 0)
                ArrayPool<byte>.Shared.Return(flat);
            flat = ArrayPool<byte>.Shared.Rent(length);
        }

        Request.CopyTo(flat);
        return flat.AsSpan(0, length);
    }

    /// <summary>The request as a message.</summary>
    /// <exception cref="RpcFailure">It is none.</exception>
    public T Read<T>(MessageParser<T> parser)
        where T : IMessage<T>
    {
        try
        {
            return parser.ParseFrom(Request);
        }
        catch (InvalidProtocolBufferException)
        {
            throw new RpcFailure(Errors.EtcdErrors.Of(KeyValue.KeyValueError.Malformed));
        }
    }

    /// <summary>Makes <paramref name="message"/> the reply.</summary>
    public void Write(IMessage message) => message.WriteTo(Reply);
}
