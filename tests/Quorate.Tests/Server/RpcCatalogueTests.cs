using Google.Protobuf.Reflection;
using Grpc.Core;
using Quorate.Protocol.Etcdserverpb;
using Quorate.Protocol.Health;
using Quorate.Protocol.V3Electionpb;
using Quorate.Protocol.V3Lockpb;
using Quorate.Server.Rpc;
using Xunit;

namespace Quorate.Tests.Server;

/// <summary>The written-out list of methods is the proto files'.</summary>
public sealed class RpcCatalogueTests
{
    [Fact]
    public void It_is_what_the_proto_files_say()
    {
        FileDescriptor[] files =
        [
            KvReflection.Descriptor, WatchReflection.Descriptor, LeaseReflection.Descriptor, ClusterReflection.Descriptor,
            MaintenanceReflection.Descriptor, AuthReflection.Descriptor, V3LockReflection.Descriptor, V3ElectionReflection.Descriptor,
            HealthReflection.Descriptor,
        ];
        var expected = files.SelectMany(f => f.Services).SelectMany(s => s.Methods).Select(m => (m.Service.FullName, m.Name, TypeOf(m)));
        Assert.Equal(expected.Order(), RpcCatalogue.Methods().Order());
    }

    private static MethodType TypeOf(MethodDescriptor method) => (method.IsClientStreaming, method.IsServerStreaming) switch
    {
        (false, false) => MethodType.Unary,
        (true, false) => MethodType.ClientStreaming,
        (false, true) => MethodType.ServerStreaming,
        (true, true) => MethodType.DuplexStreaming,
    };
}
