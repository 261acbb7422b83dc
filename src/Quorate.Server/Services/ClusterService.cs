using Quorate.Protocol.Etcdserverpb;
using Quorate.Server.Identity;
using Quorate.Server.Rpc;
using Member = Quorate.Consensus.Member;

namespace Quorate.Server.Services;

/// <summary>etcdserverpb.Cluster: the members. Changing them is not built yet.</summary>
internal sealed class ClusterService(MemberState member, Requester requester)
{
    /// <summary>Adds its handlers.</summary>
    public void AddTo(Dictionary<string, UnaryHandler> unary) => unary.Add("/etcdserverpb.Cluster/MemberList", MemberListAsync);

    private async ValueTask MemberListAsync(RpcCall call)
    {
        if (call.Read(MemberListRequest.Parser).Linearizable && !await requester.ReachBarrierAsync(call))
            return;
        var response = new MemberListResponse();
        foreach (Member each in member.Node.Status.Configuration.Members)
            response.Members.Add(MemberContext.Read(each));
        call.Write(response);
        // etcd: none of the five calls carries a revision.
        member.SetHeader(call, revision: 0);
    }
}
