using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Quorate.Server.Logging;
using Quorate.Server.Metrics;
using Quorate.Server.Services;

namespace Quorate.Server.Rpc;

/// <summary>
/// gRPC over the web server's HTTP/2: frames in, frames out, bytes between. Specification:
/// https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md. No compression, as etcd has none.
/// </summary>
internal sealed class GrpcCalls(RpcTable table, MemberState member, ServerOptions options, ServerMetrics metrics, ILogger log)
{
    private const int PrefixBytes = 5;

    private static readonly RpcStatus DeadlineExceeded = new(StatusCode.DeadlineExceeded, "context deadline exceeded");

    // etcd: what gRPC takes at most beyond the request limit, so that the service can answer in its own words.
    private readonly long messageBytesMax = options.RequestBytesMax + (512L << 10);

    /// <summary>Whether a request is a gRPC call.</summary>
    public static bool IsCall(IHttpRequestFeature request) =>
        request.Headers.ContentType is [{ } type] && type.StartsWith("application/grpc", StringComparison.Ordinal);

    /// <summary>Answers one.</summary>
    public async Task AnswerAsync(RpcCall call, IHttpRequestFeature request)
    {
        var response = call.Features.GetRequiredFeature<IHttpResponseFeature>();
        response.Headers.ContentType = "application/grpc";
        RpcMethod? method = table.Find(request.Path);
        if (method is null)
        {
            EndWith(call, table.Unknown(request.Path));
            return;
        }

        long began = Stopwatch.GetTimestamp();
        method.Started.Increment();
        metrics.CountClientRequest(method, call);
        try
        {
            await RunAsync(call, method);
        }
        catch (RpcFailure failure)
        {
            call.Status = failure.Status;
        }
        catch (OperationCanceledException)
        {
            call.Status = call.Deadline.HasPassed ? DeadlineExceeded : new RpcStatus(StatusCode.Cancelled, "context canceled");
        }
        catch (IOException)
        {
            call.Status = new RpcStatus(StatusCode.Cancelled, "context canceled");
        }

        EndWith(call, call.Status);
        Finished(call, method, Stopwatch.GetElapsedTime(began));
    }

    private async ValueTask RunAsync(RpcCall call, RpcMethod method)
    {
        PipeReader reader = call.Features.GetRequiredFeature<IRequestBodyPipeFeature>().Reader;
        if (method.Unary is null && method.Stream is null)
        {
            call.Status = new RpcStatus(StatusCode.Unimplemented, $"method {method.Name} of service {method.Service} is not built yet");
            return;
        }

        call.Deadline.Begin(call.Metadata("grpc-timeout"));
        // Nobody waits for the answer any more: a quick one must not win the race with the token that says so.
        call.Deadline.Token.ThrowIfCancellationRequested();
        if (!member.IsStarted)
            await member.Started.WaitAsync(call.Deadline.Token.CanBeCanceled ? call.Deadline.Token : call.Aborted);
        if (!await ReadMessageAsync(call, reader))
            return;
        if (table.WhyNot(method, call) is { } status)
        {
            call.Status = status;
        }
        else if (method.Unary is { } unary)
        {
            await unary(call);
            if (ReferenceEquals(call.Status, RpcStatus.Ok))
                SendReply(call);
        }
        else
        {
            var body = call.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
            await method.Stream!(call, new RpcStream(call, body.Writer, body));
        }

        reader.AdvanceTo(call.Request.End);
    }

    /// <summary>Reads the one message of the request, to the end of the stream.</summary>
    /// <returns>False when there is none: the status says why.</returns>
    private async ValueTask<bool> ReadMessageAsync(RpcCall call, PipeReader reader)
    {
        while (true)
        {
            ReadResult result = await reader.ReadAsync();
            ReadOnlySequence<byte> buffer = result.Buffer;
            long length = -1;
            if (buffer.Length >= PrefixBytes)
            {
                (bool compressed, length) = ReadPrefix(buffer);
                if (compressed)
                    return Refuse(call, StatusCode.Unimplemented, "grpc: compressed messages are not supported");
                if (length > messageBytesMax)
                {
                    return Refuse(
                        call, StatusCode.ResourceExhausted, $"grpc: received message larger than max ({length} vs. {messageBytesMax})");
                }
            }

            if (!result.IsCompleted)
            {
                if (length >= 0 && buffer.Length > PrefixBytes + length)
                    return Refuse(call, StatusCode.Internal, "grpc: more than one message in a unary call");
                reader.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }

            if (length < 0 || buffer.Length != PrefixBytes + length)
                return Refuse(call, StatusCode.Internal, "grpc: the request is not one whole message");
            call.Request = buffer.Slice(PrefixBytes);
            call.ReceivedBytes = length;
            return true;
        }
    }

    private static bool Refuse(RpcCall call, StatusCode code, string text)
    {
        call.Status = new RpcStatus(code, text);
        return false;
    }

    private static (bool Compressed, long Length) ReadPrefix(in ReadOnlySequence<byte> buffer)
    {
        Span<byte> prefix = stackalloc byte[PrefixBytes];
        buffer.Slice(0, PrefixBytes).CopyTo(prefix);
        return (prefix[0] != 0, BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]));
    }

    private static void SendReply(RpcCall call)
    {
        PipeWriter writer = call.Features.GetRequiredFeature<IHttpResponseBodyFeature>().Writer;
        call.SentBytes = call.Reply.MessageBytes;
        // Leaves together with the trailers, when the call returns.
        call.Reply.SendTo(writer);
    }

    private static void EndWith(RpcCall call, RpcStatus status)
    {
        var response = call.Features.GetRequiredFeature<IHttpResponseFeature>();
        // Before anything was sent the trailers may be the headers (Trailers-Only).
        bool trailersOnly = !response.HasStarted && call.SentBytes == 0 && status.Code != StatusCode.OK;
        IHeaderDictionary into = trailersOnly
            ? response.Headers
            : call.Features.GetRequiredFeature<IHttpResponseTrailersFeature>().Trailers;
        into["grpc-status"] = StatusNumbers[(int)status.Code];
        into["grpc-message"] = PercentEncode(status.Text);
    }

    private static readonly string[] StatusNumbers = [.. Enumerable.Range(0, 17).Select(n => n.ToString())];

    /// <summary>As gRPC wants messages in headers: printable ASCII but for the percent sign stays.</summary>
    private static string PercentEncode(string text)
    {
        bool plain = true;
        foreach (char c in text)
            plain &= c is >= ' ' and <= '~' and not '%';
        if (plain)
            return text;
        var encoded = new StringBuilder();
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            if (b is >= (byte)' ' and <= (byte)'~' and not (byte)'%')
                encoded.Append((char)b);
            else
                encoded.Append('%').Append(b.ToString("X2"));
        }

        return encoded.ToString();
    }

    private void Finished(RpcCall call, RpcMethod method, TimeSpan took)
    {
        method.Count(call.Status.Code);
        metrics.ReceivedBytes.Add(call.ReceivedBytes);
        metrics.SentBytes.Add(call.SentBytes);
        if (options.ExtensiveMetrics)
            method.Seconds.Observe(took);
        if (method.Unary is not null && options.SlowRequest > TimeSpan.Zero && took > options.SlowRequest)
        {
            var connection = call.Features.Get<IHttpConnectionFeature>();
            log.SlowRequest(
                method.Path, $"{connection?.RemoteIpAddress}:{connection?.RemotePort}", took.TotalMilliseconds, call.ReceivedBytes, call.SentBytes);
        }
    }
}
