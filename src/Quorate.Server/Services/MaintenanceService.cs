using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.KeyValue.Commands;
using Quorate.Protocol.Etcdserverpb;
using Quorate.Replica;
using Quorate.Server.Errors;
using Quorate.Server.Rpc;
using AlarmRequest = Quorate.Protocol.Etcdserverpb.AlarmRequest;

namespace Quorate.Server.Services;

/// <summary>etcdserverpb.Maintenance: status, alarms, leadership. The rest is not built yet.</summary>
internal sealed class MaintenanceService(MemberState member, Requester requester, ServerOptions options)
{
    private static ReadOnlySpan<byte> AlarmPrefix => [(byte)CommandKind.Alarm];

    /// <summary>Adds its handlers.</summary>
    public void AddTo(Dictionary<string, UnaryHandler> unary)
    {
        unary.Add("/etcdserverpb.Maintenance/Status", StatusAsync);
        unary.Add("/etcdserverpb.Maintenance/MoveLeader", MoveLeaderAsync);
        unary.Add("/etcdserverpb.Maintenance/Alarm", AlarmAsync);
        unary.Add("/etcdserverpb.Maintenance/Defragment", DefragmentAsync);
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
        foreach (Alarm alarm in member.Store.Alarms.All)
            response.Errors.Add($"memberID:{alarm.Member} alarm:{alarm.Kind.Word()}");
        call.Write(response);
        member.SetHeader(call, member.Store.Revision);
        return ValueTask.CompletedTask;
    }

    /// <summary>Alarms are raised and ended by commands; to list them is a read.</summary>
    private async ValueTask AlarmAsync(RpcCall call)
    {
        AlarmRequest request = call.Read(AlarmRequest.Parser);
        if (request.Action != AlarmRequest.Types.AlarmAction.Get)
        {
            await requester.ProposeAsync(call, AlarmPrefix);
            return;
        }

        if (!await requester.ReachBarrierAsync(call))
            return;
        var response = new AlarmResponse();
        foreach (Alarm alarm in member.Store.Alarms.All)
        {
            var kind = (AlarmType)alarm.Kind;
            if (request.Alarm == AlarmType.None || request.Alarm == kind)
                response.Alarms.Add(new AlarmMember { MemberID = alarm.Member, Alarm = kind });
        }

        call.Write(response);
        member.SetHeader(call, member.Store.Revision);
    }

    /// <summary>What compactions leave is won back without being asked; this waits until that is done.</summary>
    private async ValueTask DefragmentAsync(RpcCall call)
    {
        await member.CompactionDoneAsync(call.Deadline.Token);
        call.Write(new DefragmentResponse());
    }

    private async ValueTask MoveLeaderAsync(RpcCall call)
    {
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
