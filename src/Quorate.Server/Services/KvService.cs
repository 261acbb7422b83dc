using System.Buffers;
using Quorate.Hosting;
using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Quorate.Server.Errors;
using Quorate.Server.Rpc;
using Answer = Quorate.KeyValue.Commands.Answer;
using HostAnswer = Quorate.Hosting.Answer;

namespace Quorate.Server.Services;

/// <summary>
/// etcdserverpb.KV. Requests are checked in place and proposed as the bytes that came; answers are the state machine's bytes behind a
/// header: nothing is decoded into objects or encoded again.
/// </summary>
internal sealed class KvService(MemberState member, RequestLimits limits)
{
    private static ReadOnlySpan<byte> PutPrefix => [(byte)CommandKind.Put];

    private static ReadOnlySpan<byte> DeleteRangePrefix => [(byte)CommandKind.DeleteRange];

    private static ReadOnlySpan<byte> TxnPrefix => [(byte)CommandKind.Txn];

    private static ReadOnlySpan<byte> CompactionPrefix => [(byte)CommandKind.Compaction];

    /// <summary>Adds its handlers.</summary>
    public void AddTo(Dictionary<string, UnaryHandler> unary)
    {
        unary.Add("/etcdserverpb.KV/Range", RangeAsync);
        unary.Add("/etcdserverpb.KV/Put", PutAsync);
        unary.Add("/etcdserverpb.KV/DeleteRange", DeleteRangeAsync);
        unary.Add("/etcdserverpb.KV/Txn", TxnAsync);
        unary.Add("/etcdserverpb.KV/Compact", CompactAsync);
    }

    private ValueTask PutAsync(RpcCall call) => Refuses(call, Requests.CheckPut(call.FlatRequest(), limits))
        ? ValueTask.CompletedTask
        : ProposeAsync(call, PutPrefix);

    private ValueTask DeleteRangeAsync(RpcCall call) => Refuses(call, Requests.CheckDeleteRange(call.FlatRequest(), limits))
        ? ValueTask.CompletedTask
        : ProposeAsync(call, DeleteRangePrefix);

    private ValueTask CompactAsync(RpcCall call) => Refuses(call, Requests.CheckCompaction(call.FlatRequest()))
        ? ValueTask.CompletedTask
        : ProposeAsync(call, CompactionPrefix);

    private ValueTask TxnAsync(RpcCall call)
    {
        if (Refuses(call, Requests.CheckTxn(call.FlatRequest(), limits)))
            return ValueTask.CompletedTask;
        TxnClass how = Requests.Classify(call.FlatRequest());
        return how == TxnClass.Write ? ProposeAsync(call, TxnPrefix) : ReadTxnAsync(call, how == TxnClass.SerializableRead);
    }

    private async ValueTask RangeAsync(RpcCall call)
    {
        bool serializable = Requests.IsSerializable(call.FlatRequest());
        if (Refuses(call, Requests.CheckRange(call.FlatRequest()), serializable))
            return;
        if (!serializable && !await ReachBarrierAsync(call))
            return;
        KeyValueError error = member.Store.Range(call.FlatRequest(), call.Reply, out long revision);
        FinishRead(call, error, revision);
    }

    private async ValueTask ReadTxnAsync(RpcCall call, bool serializable)
    {
        if (!serializable && !await ReachBarrierAsync(call))
            return;
        KeyValueError error = member.Store.ReadOnlyTxn(call.FlatRequest(), call.Reply, out long revision);
        FinishRead(call, error, revision);
    }

    private void FinishRead(RpcCall call, KeyValueError error, long revision)
    {
        if (error == KeyValueError.None)
            member.SetHeader(call, revision);
        else
            call.Status = EtcdErrors.Of(error);
    }

    /// <summary>Sets the status where a request is not to be carried out.</summary>
    private bool Refuses(RpcCall call, KeyValueError error, bool serializableRange = false)
    {
        // etcd: learners serve serializable ranges, and no other call of this service.
        if (member.IsLearner && !serializableRange)
            call.Status = EtcdErrors.NotForLearner;
        else if (error != KeyValueError.None)
            call.Status = EtcdErrors.Of(error);
        return !ReferenceEquals(call.Status, RpcStatus.Ok);
    }

    private ValueTask ProposeAsync(RpcCall call, ReadOnlySpan<byte> prefix)
    {
        ValueTask<HostAnswer> answering = member.Node.ProposeAsync(prefix, call.Request, call.Deadline.Token);
        return FinishAsync(call, answering);
    }

    private async ValueTask FinishAsync(RpcCall call, ValueTask<HostAnswer> answering)
    {
        try
        {
            using HostAnswer answered = await answering;
            Take(call, answered.Span);
        }
        catch (RequestFailedException failed)
        {
            call.Status = Describe(failed);
        }
        catch (OperationCanceledException)
        {
            member.CountFailure();
            throw; // the deadline has passed; the call's frame says so
        }
    }

    private void Take(RpcCall call, ReadOnlySpan<byte> bytes)
    {
        Answer answer = Answer.Read(bytes);
        if (answer.Error != KeyValueError.None)
        {
            call.Status = EtcdErrors.Of(answer.Error);
            return;
        }

        call.Reply.Write(answer.Body);
        member.SetHeader(call, answer.Revision);
    }

    private async ValueTask<bool> ReachBarrierAsync(RpcCall call)
    {
        try
        {
            await member.Node.ReadBarrierAsync(call.Deadline.Token);
            return true;
        }
        catch (RequestFailedException failed)
        {
            call.Status = Describe(failed);
            return false;
        }
    }

    private RpcStatus Describe(RequestFailedException failed)
    {
        member.CountFailure();
        if (member.IsStopping)
            return EtcdErrors.ServerStopped;
        RpcStatus status = EtcdErrors.Of(failed.Failure);
        // etcd tells a time-out without any leader from others.
        return ReferenceEquals(status, EtcdErrors.TimedOut) && !member.HasLeader ? EtcdErrors.TimedOutByConnectionLost : status;
    }
}
