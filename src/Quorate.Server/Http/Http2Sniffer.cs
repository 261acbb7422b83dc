using System.Buffers;
using System.IO.Pipelines;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Quorate.Server.Http;

/// <summary>
/// Lets gRPC and HTTP/1.1 share a cleartext port. The web server chooses HTTP/2 only where TLS has chosen it; so the first bytes are looked
/// at, and on the HTTP/2 preface the connection is marked as if TLS had.
/// </summary>
internal static class Http2Sniffer
{
    // RFC 9113 §3.4; three bytes tell it from every HTTP/1 method.
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8;

    /// <summary>The middleware.</summary>
    public static ConnectionDelegate Wrap(ConnectionDelegate next) => async connection =>
    {
        if (await BeginsWithPrefaceAsync(connection.Transport.Input, connection.ConnectionClosed))
        {
            var mark = new ChosenHttp2();
            connection.Features.Set<ITlsConnectionFeature>(mark);
            connection.Features.Set<ITlsApplicationProtocolFeature>(mark);
        }

        await next(connection);
    };

    /// <summary>Looks at the first bytes and consumes none.</summary>
    internal static async ValueTask<bool> BeginsWithPrefaceAsync(PipeReader input, CancellationToken closed)
    {
        while (true)
        {
            ReadResult result;
            try
            {
                result = await input.ReadAsync(closed);
            }
            catch (OperationCanceledException)
            {
                return false;
            }

            ReadOnlySequence<byte> buffer = result.Buffer;
            int length = (int)Math.Min(buffer.Length, Preface.Length);
            bool matches = Matches(buffer.Slice(0, length));
            bool decided = !matches || length == Preface.Length || result.IsCompleted || result.IsCanceled;
            if (decided)
            {
                input.AdvanceTo(buffer.Start);
                return matches && length == Preface.Length;
            }

            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static bool Matches(in ReadOnlySequence<byte> begin)
    {
        Span<byte> bytes = stackalloc byte[Preface.Length];
        begin.CopyTo(bytes);
        return bytes[..(int)begin.Length].SequenceEqual(Preface[..(int)begin.Length]);
    }

    private sealed class ChosenHttp2 : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public X509Certificate2? ClientCertificate { get; set; }

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) =>
            Task.FromResult<X509Certificate2?>(null);
    }
}
