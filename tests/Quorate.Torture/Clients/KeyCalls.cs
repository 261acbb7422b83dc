using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using Quorate.Checkers;
using Quorate.Protocol.Etcdserverpb;

namespace Quorate.Torture;

/// <summary>One client's operations on single keys, each of which becomes a line of the history.</summary>
internal sealed class KeyCalls(int client, KeySpace keys)
{
    private readonly List<Operation> history = [];

    /// <summary>How calls failed, for people.</summary>
    public List<string> Errors { get; } = [];

    /// <summary>Everything asked so far, in order.</summary>
    public IReadOnlyList<Operation> History => history;

    /// <summary>Reads a key, linearizable.</summary>
    public Task<Outcome> GetAsync(KV.KVClient member, int key, TimeSpan patience) => CallAsync(
        new Operation { Call = Now, Client = client, Kind = OperationKind.Get, Key = KeySpace.Name(key) },
        async asked =>
        {
            RangeResponse read = await member.RangeAsync(new RangeRequest { Key = KeySpace.Bytes(key) }, deadline: DateTime.UtcNow + patience);
            string? value = read.Kvs.Count == 0 ? null : read.Kvs[0].Value.ToStringUtf8();
            long modified = read.Kvs.Count == 0 ? 0 : read.Kvs[0].ModRevision;
            keys.See(key, value, modified);
            return asked with { Value = value, ModRevision = modified, Revision = read.Header.Revision };
        });

    /// <summary>Sets a key.</summary>
    public Task<Outcome> PutAsync(KV.KVClient member, int key, string value, TimeSpan patience) => CallAsync(
        new Operation { Call = Now, Client = client, Kind = OperationKind.Put, Key = KeySpace.Name(key), Value = value },
        async asked =>
        {
            PutResponse put = await member.PutAsync(
                new PutRequest { Key = KeySpace.Bytes(key), Value = ByteString.CopyFromUtf8(value) }, deadline: DateTime.UtcNow + patience);
            keys.See(key, value, put.Header.Revision);
            return asked with { Revision = put.Header.Revision };
        });

    /// <summary>Removes a key.</summary>
    public Task<Outcome> DeleteAsync(KV.KVClient member, int key, TimeSpan patience) => CallAsync(
        new Operation { Call = Now, Client = client, Kind = OperationKind.Delete, Key = KeySpace.Name(key) },
        async asked =>
        {
            DeleteRangeResponse deleted = await member.DeleteRangeAsync(
                new DeleteRangeRequest { Key = KeySpace.Bytes(key) }, deadline: DateTime.UtcNow + patience);
            keys.See(key, null, 0);
            return asked with { Changed = deleted.Deleted > 0, Revision = deleted.Header.Revision };
        });

    /// <summary>Sets a key if it is still as last seen: by its value, or by its modification revision.</summary>
    public Task<Outcome> CompareAndSetAsync(KV.KVClient member, int key, string value, bool byValue, TimeSpan patience)
    {
        Sighting expected = keys.LastSeen(key);
        // etcd holds an absent key equal to no value: what is absent has modification revision 0.
        byValue &= expected.Value is not null;
        var compare = new Compare { Key = KeySpace.Bytes(key), Result = Compare.Types.CompareResult.Equal };
        if (byValue)
            (compare.Target, compare.Value) = (Compare.Types.CompareTarget.Value, ByteString.CopyFromUtf8(expected.Value));
        else
            (compare.Target, compare.ModRevision) = (Compare.Types.CompareTarget.Mod, expected.ModRevision);
        var txn = new TxnRequest
        {
            Compare = { compare },
            Success = { new RequestOp { RequestPut = new PutRequest { Key = KeySpace.Bytes(key), Value = ByteString.CopyFromUtf8(value) } } },
        };
        var asking = new Operation
        {
            Call = Now,
            Client = client,
            Kind = OperationKind.CompareAndSet,
            Key = KeySpace.Name(key),
            Value = value,
            Expected = byValue ? expected.Value : null,
            ExpectedRevision = byValue ? null : expected.ModRevision,
        };
        return CallAsync(asking, async asked =>
        {
            TxnResponse answer = await member.TxnAsync(txn, deadline: DateTime.UtcNow + patience);
            if (answer.Succeeded)
                keys.See(key, value, answer.Header.Revision);
            return asked with { Changed = answer.Succeeded, Revision = answer.Header.Revision };
        });
    }

    private static long Now => Stopwatch.GetTimestamp();

    private async Task<Outcome> CallAsync(Operation asked, Func<Operation, Task<Operation>> call)
    {
        Operation ended;
        try
        {
            ended = await call(asked);
            ended = ended with { Return = Now };
        }
        catch (RpcException error)
        {
            ended = asked with { Outcome = Outcomes.Of(error) };
            Errors.Add($"{ended.Outcome}: {error.StatusCode} {error.Status.Detail}");
        }

        history.Add(ended);
        return ended.Outcome;
    }
}
