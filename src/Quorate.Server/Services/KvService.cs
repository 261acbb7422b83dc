using Quorate.KeyValue;
using Quorate.KeyValue.Commands;
using Quorate.Server.Errors;
using Quorate.Server.Rpc;

namespace Quorate.Server.Services;

/// <summary>
/// etcdserverpb.KV. Requests are checked in place and proposed as the bytes that came; answers are the state machine's bytes behind a
/// header: nothing is decoded into objects or encoded again.
/// </summary>
internal sealed class KvService(MemberState member, Requester requester, SpaceQuota quota, RequestLimits limits)
{
    private static ReadOnlySpan<byte> PutPrefix => [(byte)CommandKind.Put];

    private static ReadOnlySpan<byte> DeleteRangePrefix => [(byte)CommandKind.DeleteRange];

    private static ReadOnlySpan<byte> TxnPrefix => [(byte)CommandKind.Txn];

    private static ReadOnlySpan<byte> CompactionPrefix => [(byte)CommandKind.Compaction];

    /// <summary>Adds its handlers.</summary>
    public void AddTo(Dictionary<string, UnaryHandler> unary, Dictionary<string, StreamHandler> streams)
    {
        streams.Add("/etcdserverpb.KV/RangeStream", RangeStreamAsync);
        unary.Add("/etcdserverpb.KV/Range", RangeAsync);
        unary.Add("/etcdserverpb.KV/Put", PutAsync);
        unary.Add("/etcdserverpb.KV/DeleteRange", DeleteRangeAsync);
        unary.Add("/etcdserverpb.KV/Txn", TxnAsync);
        unary.Add("/etcdserverpb.KV/Compact", CompactAsync);
    }

    private ValueTask PutAsync(RpcCall call)
    {
        if (Refuses(call, Requests.CheckPut(call.FlatRequest(), limits)))
            return ValueTask.CompletedTask;
        return quota.HasRoom(Requests.GrowthOfPut(call.FlatRequest())) ? requester.ProposeAsync(call, PutPrefix) : quota.RefuseAsync(call);
    }

    private ValueTask DeleteRangeAsync(RpcCall call) => Refuses(call, Requests.CheckDeleteRange(call.FlatRequest(), limits))
        ? ValueTask.CompletedTask
        : requester.ProposeAsync(call, DeleteRangePrefix);

    private async ValueTask CompactAsync(RpcCall call)
    {
        if (Refuses(call, Requests.CheckCompaction(call.FlatRequest())))
            return;
        bool physical = Requests.IsPhysical(call.FlatRequest());
        await requester.ProposeAsync(call, CompactionPrefix);
        if (physical && ReferenceEquals(call.Status, RpcStatus.Ok))
            await member.CompactionDoneAsync(call.Deadline.Token);
    }

    private ValueTask TxnAsync(RpcCall call)
    {
        if (Refuses(call, Requests.CheckTxn(call.FlatRequest(), limits)))
            return ValueTask.CompletedTask;
        TxnClass how = Requests.Classify(call.FlatRequest());
        if (how != TxnClass.Write)
            return ReadTxnAsync(call, how == TxnClass.SerializableRead);
        return quota.HasRoom(Requests.GrowthOfTxn(call.FlatRequest())) ? requester.ProposeAsync(call, TxnPrefix) : quota.RefuseAsync(call);
    }

    private async ValueTask RangeAsync(RpcCall call)
    {
        if (Refuses(call, Requests.CheckRange(call.FlatRequest())))
            return;
        if (!Requests.IsSerializable(call.FlatRequest()) && !await requester.ReachBarrierAsync(call))
            return;
        KeyValueError error = member.Store.Range(call.FlatRequest(), call.Reply, out long revision);
        FinishRead(call, error, revision);
    }

    /// <summary>As Range, in chunks of one revision; header, count and whether there is more come with the last.</summary>
    private async Task RangeStreamAsync(RpcCall call, RpcStream stream)
    {
        if (Refuses(call, Requests.CheckRange(call.FlatRequest())))
            return;
        if (!Requests.IsInKeyOrder(call.FlatRequest()))
        {
            call.Status = EtcdErrors.StreamNotSorted;
            return;
        }

        if (!Requests.IsSerializable(call.FlatRequest()) && !await requester.ReachBarrierAsync(call))
            return;
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(call.Aborted, call.Deadline.Token);
        var range = new ChunkedRange(member.Store, call.FlatRequest());
        var pairs = new ByteBuffer();
        var message = new ByteBuffer();
        while (!range.Ended)
        {
            pairs.Clear();
            KeyValueError error = range.Next(pairs, limits.RequestBytesMax);
            if (error != KeyValueError.None)
            {
                call.Status = EtcdErrors.Of(error);
                return;
            }

            message.Clear();
            int begun = message.Begin(1);
            if (range.Ended)
                member.WriteHeader(message, range.StoreRevision);
            message.WriteRaw(pairs.Written);
            message.End(begun);
            await stream.WriteAsync(message.Written, ends.Token);
        }
    }

    private async ValueTask ReadTxnAsync(RpcCall call, bool serializable)
    {
        if (!serializable && !await requester.ReachBarrierAsync(call))
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
    private static bool Refuses(RpcCall call, KeyValueError error)
    {
        if (error == KeyValueError.None)
            return false;
        call.Status = EtcdErrors.Of(error);
        return true;
    }
}
