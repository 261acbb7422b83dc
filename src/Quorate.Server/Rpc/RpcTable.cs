using Grpc.Core;
using Quorate.KeyValue.Commands;
using Quorate.Server.Errors;

namespace Quorate.Server.Rpc;

/// <summary>Every method of etcd's interface, with what answers it; those without a handler answer Unimplemented.</summary>
internal sealed class RpcTable
{
    private readonly Dictionary<string, RpcMethod> byPath = [];
    private readonly HashSet<string> services = [];

    private readonly Func<bool> isLearner;
    private readonly Func<bool> hasLeader;

    /// <summary>All methods.</summary>
    /// <param name="unary">Handlers by path.</param>
    /// <param name="streams">Handlers by path.</param>
    /// <param name="isLearner">Whether this member is one now.</param>
    /// <param name="hasLeader">Whether it knows a leader now.</param>
    public RpcTable(
        IReadOnlyDictionary<string, UnaryHandler> unary, IReadOnlyDictionary<string, StreamHandler> streams, Func<bool> isLearner, Func<bool> hasLeader)
    {
        this.isLearner = isLearner;
        this.hasLeader = hasLeader;
        var all = new List<RpcMethod>();
        foreach ((string service, string name, MethodType type) in RpcCatalogue.Methods())
        {
            string path = $"/{service}/{name}";
            all.Add(new RpcMethod(service, name, type) { Unary = unary.GetValueOrDefault(path), Stream = streams.GetValueOrDefault(path) });
        }

        all.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
        All = all;
        foreach (RpcMethod method in all)
        {
            byPath.Add(method.Path, method);
            services.Add(method.Service);
        }
    }

    /// <summary>All methods, by path.</summary>
    public IReadOnlyList<RpcMethod> All { get; }

    /// <summary>The method at a path; null when there is none.</summary>
    public RpcMethod? Find(string path) => byPath.GetValueOrDefault(path);

    /// <summary>Why a call does not get to its handler; null when it does. etcd's interceptors ask in this order.</summary>
    public RpcStatus? WhyNot(RpcMethod method, RpcCall call)
    {
        if (isLearner() && !IsForLearners(method, call))
            return EtcdErrors.NotForLearner;
        return call.Metadata("hasleader") == "true" && !hasLeader() ? EtcdErrors.NoLeader : null;
    }

    /// <summary>What a call of no known method ends with.</summary>
    public RpcStatus Unknown(string path)
    {
        string[] parts = path.Split('/');
        string service = parts.ElementAtOrDefault(1) ?? "";
        string text = services.Contains(service)
            ? $"unknown method {parts.ElementAtOrDefault(2)} for service {service}"
            : $"unknown service {service}";
        return new RpcStatus(StatusCode.Unimplemented, text);
    }

    // etcd: of the streams a snapshot alone.
    private static bool IsForLearners(RpcMethod method, RpcCall call) => method.Path switch
    {
        "/etcdserverpb.Maintenance/Status" => true,
        "/etcdserverpb.KV/Range" => Requests.IsSerializable(call.FlatRequest()),
        _ => false,
    };
}
