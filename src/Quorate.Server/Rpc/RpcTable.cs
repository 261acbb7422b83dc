using System.Collections.Frozen;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Quorate.Protocol.Etcdserverpb;
using Quorate.Protocol.Health;
using Quorate.Protocol.V3Electionpb;
using Quorate.Protocol.V3Lockpb;

namespace Quorate.Server.Rpc;

/// <summary>Every method of etcd's interface, with what answers it; those without a handler answer Unimplemented.</summary>
internal sealed class RpcTable
{
    private readonly FrozenDictionary<string, RpcMethod> byPath;
    private readonly FrozenSet<string> services;

    /// <summary>All methods; <paramref name="unary"/> and <paramref name="streams"/> hold handlers by path.</summary>
    public RpcTable(IReadOnlyDictionary<string, UnaryHandler> unary, IReadOnlyDictionary<string, StreamHandler> streams, Func<bool> hasLeader)
    {
        HasLeader = hasLeader;
        All = [.. Files().SelectMany(f => f.Services).SelectMany(s => s.Methods).Select(m => Make(m, unary, streams))
            .OrderBy(m => m.Path, StringComparer.Ordinal)];
        byPath = All.ToFrozenDictionary(m => m.Path);
        services = All.Select(m => m.Service).ToFrozenSet();
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

    private static FileDescriptor[] Files() =>
    [
        KvReflection.Descriptor, WatchReflection.Descriptor, LeaseReflection.Descriptor, ClusterReflection.Descriptor,
        MaintenanceReflection.Descriptor, AuthReflection.Descriptor, V3LockReflection.Descriptor, V3ElectionReflection.Descriptor,
        HealthReflection.Descriptor,
    ];

    private static RpcMethod Make(
        MethodDescriptor method, IReadOnlyDictionary<string, UnaryHandler> unary, IReadOnlyDictionary<string, StreamHandler> streams)
    {
        MethodType type = (method.IsClientStreaming, method.IsServerStreaming) switch
        {
            (false, false) => MethodType.Unary,
            (true, false) => MethodType.ClientStreaming,
            (false, true) => MethodType.ServerStreaming,
            (true, true) => MethodType.DuplexStreaming,
        };
        string path = $"/{method.Service.FullName}/{method.Name}";
        return new RpcMethod(method.Service.FullName, method.Name, type)
        {
            Unary = unary.GetValueOrDefault(path),
            Stream = streams.GetValueOrDefault(path),
        };
    }
}
