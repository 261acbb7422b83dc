using Grpc.Core;

namespace Quorate.Server.Rpc;

/// <summary>
/// The methods of etcd's interface by service, as the proto files have them; a test compares the two. Not read from the generated descriptors:
/// to build those costs a start a tenth of a second.
/// </summary>
internal static class RpcCatalogue
{
    // A star behind a name: both ways are streams; an arrow: replies are.
    private static readonly (string Service, string Methods)[] Services =
    [
        ("etcdserverpb.Auth",
            "AuthEnable AuthDisable AuthStatus Authenticate UserAdd UserGet UserList UserDelete "
            + "UserChangePassword UserGrantRole UserRevokeRole RoleAdd RoleGet RoleList RoleDelete "
            + "RoleGrantPermission RoleRevokePermission"),
        ("etcdserverpb.Cluster", "MemberAdd MemberRemove MemberUpdate MemberList MemberPromote"),
        ("etcdserverpb.KV", "Range RangeStream> Put DeleteRange Txn Compact"),
        ("etcdserverpb.Lease", "LeaseGrant LeaseRevoke LeaseKeepAlive* LeaseTimeToLive LeaseLeases"),
        ("etcdserverpb.Maintenance", "Alarm Status Defragment Hash HashKV Snapshot> MoveLeader Downgrade"),
        ("etcdserverpb.Watch", "Watch*"),
        ("grpc.health.v1.Health", "Check Watch>"),
        ("v3electionpb.Election", "Campaign Proclaim Leader Observe> Resign"),
        ("v3lockpb.Lock", "Lock Unlock"),
    ];

    /// <summary>All methods.</summary>
    public static IEnumerable<(string Service, string Name, MethodType Type)> Methods()
    {
        foreach ((string service, string methods) in Services)
        {
            foreach (string method in methods.Split(' '))
                yield return (service, method.TrimEnd('*', '>'), TypeOf(method[^1]));
        }
    }

    private static MethodType TypeOf(char mark) => mark switch
    {
        '*' => MethodType.DuplexStreaming,
        '>' => MethodType.ServerStreaming,
        _ => MethodType.Unary,
    };
}
