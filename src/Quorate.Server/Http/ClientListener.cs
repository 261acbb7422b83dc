using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Quorate.Server.Flags;
using Quorate.Server.Rpc;

namespace Quorate.Server.Http;

/// <summary>The web server on the client ports: gRPC and HTTP/1.1 on each of them.</summary>
internal sealed class ClientListener : IDisposable
{
    // Kestrel keeps twice as many streams in mind, as an int.
    private const int StreamsMaxKestrel = int.MaxValue / 4;

    private readonly KestrelServer server;
    private readonly List<ListenOptions> listens = [];
    private readonly ServerOptions options;

    /// <summary>Makes it ready to start.</summary>
    public ClientListener(ServerOptions options, ILoggerFactory logs)
    {
        this.options = options;
        var kestrel = new KestrelServerOptions { AddServerHeader = false, AllowAlternateSchemes = true, ApplicationServices = NoServices.Instance };
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxRequestBodySize = null;
        limits.MinRequestBodyDataRate = null;
        limits.MinResponseDataRate = null;
        limits.KeepAliveTimeout = TimeSpan.FromHours(24);
        limits.Http2.MaxStreamsPerConnection = (int)Math.Min(options.StreamsMax, StreamsMaxKestrel);
        limits.Http2.InitialConnectionWindowSize = 16 << 20;
        limits.Http2.InitialStreamWindowSize = 2 << 20;
        if (options.KeepAliveInterval >= TimeSpan.FromSeconds(1))
        {
            limits.Http2.KeepAlivePingDelay = options.KeepAliveInterval;
            limits.Http2.KeepAlivePingTimeout = options.KeepAliveTimeout < TimeSpan.FromSeconds(1) ? TimeSpan.FromSeconds(1) : options.KeepAliveTimeout;
        }

        foreach (EtcdUrl url in options.ListenClientUrls)
            kestrel.Listen(url.EndPoint, Listen);
        foreach (EtcdUrl url in options.ListenMetricsUrls)
            kestrel.Listen(url.EndPoint, ListenForMetrics);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions { NoDelay = true }), logs);
        server = new KestrelServer(Options.Create(kestrel), transport, logs);
    }

    /// <summary>Where it listens for clients, once started: ports asked for as 0 have their number.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. listens.Select(l => l.IPEndPoint!)];

    /// <summary>Begins to listen.</summary>
    /// <exception cref="ConfigurationException">A port is busy, or may not be used.</exception>
    public async Task StartAsync(ClientApplication application, CancellationToken cancellation)
    {
        try
        {
            await server.StartAsync(application, cancellation);
        }
        catch (Exception cause) when (cause is IOException or System.Net.Sockets.SocketException)
        {
            string where = string.Join(',', options.ListenClientUrls.Concat(options.ListenMetricsUrls));
            string why = cause.InnerException is AddressInUseException || cause is IOException { InnerException: AddressInUseException }
                ? "address already in use"
                : (cause.InnerException ?? cause).Message;
            throw ConfigurationException.Refused($"cannot listen for clients on {where}: {why}");
        }
    }

    /// <summary>Stops: no new connections, calls under way may end until <paramref name="patience"/> is cancelled.</summary>
    public Task StopAsync(CancellationToken patience) => server.StopAsync(patience);

    /// <inheritdoc/>
    public void Dispose() => server.Dispose();

    private void Listen(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(Http2Sniffer.Wrap);
        listens.Add(listen);
    }

    private static void ListenForMetrics(ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1;
        listen.Use(MetricsPort.Wrap);
    }

    /// <summary>Kestrel asks for a container even where it needs nothing of it.</summary>
    private sealed class NoServices : IServiceProvider
    {
        public static readonly NoServices Instance = new();

        public object? GetService(Type serviceType) => null;
    }
}
