using System.Buffers;
using Quorate.Hosting;
using Quorate.KeyValue;
using Quorate.Server.Errors;
using Quorate.Server.Rpc;
using Answer = Quorate.KeyValue.Commands.Answer;
using HostAnswer = Quorate.Hosting.Answer;

namespace Quorate.Server.Services;

/// <summary>Brings calls to the replicated store and its answers back, with etcd's words for what can go wrong on the way.</summary>
internal sealed class Requester(MemberState member)
{
    /// <summary>Proposes the call's request behind <paramref name="prefix"/>; the answer becomes the reply, or the status says why there is none.</summary>
    public ValueTask ProposeAsync(RpcCall call, ReadOnlySpan<byte> prefix)
    {
        ValueTask<HostAnswer> answering = member.Node.ProposeAsync(prefix, call.Request, call.Deadline.Token);
        return FinishAsync(call, answering);
    }

    /// <summary>Ends when the local store shows everything answered before the call.</summary>
    /// <returns>False when no leader has confirmed it: the status says why.</returns>
    public async ValueTask<bool> ReachBarrierAsync(RpcCall call)
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
