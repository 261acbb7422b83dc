using Grpc.Core;

namespace Quorate.Server.Rpc;

/// <summary>Every method of etcd's interface, with what answers it; those without a handler answer Unimplemented.</summary>
internal sealed class RpcTable
{
    private readonly Dictionary<string, RpcMethod> byPath = [];
    private readonly HashSet<string> services = [];

    /// <summary>All methods; <paramref name="unary"/> and <paramref name="streams"/> hold handlers by path.</summary>
    public RpcTable(IReadOnlyDictionary<string, UnaryHandler> unary, IReadOnlyDictionary<string, StreamHandler> streams, Func<bool> hasLeader)
    {
        HasLeader = hasLeader;
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

    /// <summary>Whether a leader is known.</summary>
    public Func<bool> HasLeader { get; }

    /// <summary>The method at a path; null when there is none.</summary>
    public RpcMethod? Find(string path) => byPath.GetValueOrDefault(path);

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
}
