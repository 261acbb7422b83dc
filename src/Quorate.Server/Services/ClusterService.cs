using Quorate.Hosting;
using Quorate.Protocol.Etcdserverpb;
using Quorate.Server.Errors;
using Quorate.Server.Identity;
using Quorate.Server.Rpc;
using Member = Quorate.Consensus.Member;

namespace Quorate.Server.Services;

/// <summary>etcdserverpb.Cluster: the members. Changing them is not built yet.</summary>
internal sealed class ClusterService(MemberState member)
{
    /// <summary>Adds its handlers.</summary>
    public void AddTo(Dictionary<string, UnaryHandler> unary) => unary.Add("/etcdserverpb.Cluster/MemberList", MemberListAsync);

    private async ValueTask MemberListAsync(RpcCall call)
    {
        if (member.IsLearner)
            throw new RpcFailure(EtcdErrors.NotForLearner);
        if (call.Read(MemberListRequest.Parser).Linearizable)
            await ReachBarrierAsync(call.Deadline.Token);
        var response = new MemberListResponse();
        foreach (Member each in member.Node.Status.Configuration.Members)
            response.Members.Add(MemberContext.Read(each));
        call.Write(response);
        // etcd: none of the five calls carries a revision.
        member.SetHeader(call, revision: 0);
    }

    private async ValueTask ReachBarrierAsync(CancellationToken cancellation)
    {
        try
        {
            await member.Node.ReadBarrierAsync(cancellation);
        }
        catch (RequestFailedException failed)
        {
            throw new RpcFailure(member.IsStopping ? EtcdErrors.ServerStopped : EtcdErrors.Of(failed.Failure));
        }
    }
}
