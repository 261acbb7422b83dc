using Grpc.Core;
using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.Protocol.Etcdserverpb;
using Quorate.Replica;
using Quorate.Server.Errors;
using Quorate.Server.Rpc;

namespace Quorate.Server.Services;

/// <summary>etcdserverpb.Maintenance: status, leadership. The rest is not built yet.</summary>
internal sealed class MaintenanceService(MemberState member, ServerOptions options)
{
    /// <summary>Adds its handlers.</summary>
    public void AddTo(Dictionary<string, UnaryHandler> unary)
    {
        unary.Add("/etcdserverpb.Maintenance/Status", StatusAsync);
        unary.Add("/etcdserverpb.Maintenance/MoveLeader", MoveLeaderAsync);
        unary.Add("/etcdserverpb.Maintenance/Alarm", AlarmAsync);
    }

    private ValueTask StatusAsync(RpcCall call)
    {
        NodeStatus status = member.Node.Status;
        var response = new StatusResponse
        {
            Version = ServerCommandLine.EtcdVersion,
            DbSize = member.Store.DbSize,
            DbSizeInUse = member.Store.DbSizeInUse,
            Leader = status.Leader.Value,
            RaftIndex = status.Commit.Value,
            RaftTerm = member.Term,
            RaftAppliedIndex = status.Applied.Value,
            IsLearner = status.Replica.Core.IsLearner,
            StorageVersion = ServerCommandLine.ClusterVersion,
            DbSizeQuota = options.QuotaBytes == long.MaxValue ? 0 : options.QuotaBytes,
            DowngradeInfo = new DowngradeInfo(),
        };
        if (status.Leader.IsNone)
            response.Errors.Add(EtcdErrors.NoLeader.Text);
        call.Write(response);
        member.SetHeader(call, member.Store.Revision);
        return ValueTask.CompletedTask;
    }

    /// <summary>Alarms. None is raised yet, so to list or to disarm them finds none; etcdctl's health check asks.</summary>
    private ValueTask AlarmAsync(RpcCall call)
    {
        if (member.IsLearner)
            throw new RpcFailure(EtcdErrors.NotForLearner);
        if (call.Read(AlarmRequest.Parser).Action is not (AlarmRequest.Types.AlarmAction.Get or AlarmRequest.Types.AlarmAction.Deactivate))
            throw new RpcFailure(new RpcStatus(StatusCode.Unimplemented, "activating an alarm is not built yet"));
        call.Write(new AlarmResponse());
        member.SetHeader(call, member.Store.Revision);
        return ValueTask.CompletedTask;
    }

    private async ValueTask MoveLeaderAsync(RpcCall call)
    {
        if (member.IsLearner)
            throw new RpcFailure(EtcdErrors.NotForLearner);
        NodeStatus status = member.Node.Status;
        var target = new NodeId(call.Read(MoveLeaderRequest.Parser).TargetID);
        if (status.Role != CoreRole.Leader)
            throw new RpcFailure(EtcdErrors.NotLeader);
        if (!status.Configuration.Voters.Any(v => v.Id == target))
            throw new RpcFailure(EtcdErrors.BadLeaderTransferee);
        if (target == member.Self)
            return;
        try
        {
            await member.Node.TransferLeadershipAsync(target, call.Deadline.Token);
        }
        catch (RequestFailedException failed)
        {
            throw new RpcFailure(failed.Failure.Reason switch
            {
                FailureReason.Refused when failed.Failure.Refusal == Refusal.NotLeader => EtcdErrors.NotLeader,
                FailureReason.Stopped => EtcdErrors.ServerStopped,
                _ => EtcdErrors.TransferTimedOut,
            });
        }
    }
}
