using Grpc.Core;
using Quorate.Server.Metrics;

namespace Quorate.Server.Rpc;

/// <summary>Answers a call of one message each way: reads <see cref="RpcCall.Request"/>, fills <see cref="RpcCall.Reply"/> or sets <see cref="RpcCall.Status"/>.</summary>
internal delegate ValueTask UnaryHandler(RpcCall call);

/// <summary>Answers a call whose replies are a stream; returns when it ends.</summary>
internal delegate Task StreamHandler(RpcCall call, RpcStream stream);

/// <summary>A method of etcd's interface.</summary>
/// <param name="service">With its package: <c>etcdserverpb.KV</c>.</param>
/// <param name="name">As in the proto file.</param>
/// <param name="type">What is a stream in it.</param>
internal sealed class RpcMethod(string service, string name, MethodType type)
{
    private const int Codes = (int)StatusCode.Unauthenticated + 1;

    private readonly Counter[] handled = MakeCounters();

    /// <summary>Its service, with the package.</summary>
    public string Service { get; } = service;

    /// <summary>Its name.</summary>
    public string Name { get; } = name;

    /// <summary>What is a stream in it.</summary>
    public MethodType Type { get; } = type;

    /// <summary>As it stands in the request's path.</summary>
    public string Path { get; } = $"/{service}/{name}";

    /// <summary>Answers it, where it is unary and built.</summary>
    public UnaryHandler? Unary { get; init; }

    /// <summary>Answers it, where replies are a stream and it is built.</summary>
    public StreamHandler? Stream { get; init; }

    /// <summary>Calls begun.</summary>
    public Counter Started { get; } = new();

    /// <summary>Calls ended, by code.</summary>
    public IReadOnlyList<Counter> Handled => handled;

    /// <summary>How long calls took.</summary>
    public Histogram Seconds { get; } = new(Histogram.DefaultBounds);

    /// <summary>As the metrics name the type.</summary>
    public string TypeLabel => Type switch
    {
        MethodType.Unary => "unary",
        MethodType.ClientStreaming => "client_stream",
        MethodType.ServerStreaming => "server_stream",
        MethodType.DuplexStreaming => "bidi_stream",
    };

    /// <summary>A call has ended.</summary>
    public void Count(StatusCode code) => handled[(int)code].Increment();

    private static Counter[] MakeCounters()
    {
        var counters = new Counter[Codes];
        for (int code = 0; code < Codes; code++)
            counters[code] = new Counter();
        return counters;
    }
}
