using Google.Protobuf;
using Grpc.Core;
using Quorate.Protocol.Etcdserverpb;

namespace Quorate.EndToEnd.Differential;

/// <summary>Whether two servers gave the same answer, ids and terms apart.</summary>
internal static class AnswerComparison
{
    private const string Unreadable = "grpc: error unmarshalling request";

    // What a put of a transaction is refused for, and what a range of it is.
    private static readonly string[] OfPuts = ["etcdserver: key not found", "etcdserver: requested lease not found"];

    private static readonly string[] OfRanges =
        ["etcdserver: mvcc: required revision has been compacted", "etcdserver: mvcc: required revision is a future revision"];

    /// <summary>What differs, in words; null when nothing does.</summary>
    /// <param name="method">The method called.</param>
    /// <param name="etcd">etcd's answer.</param>
    /// <param name="ours">Ours.</param>
    public static string? Difference(string method, RawAnswer etcd, RawAnswer ours)
    {
        if (etcd.Code != StatusCode.OK || ours.Code != StatusCode.OK)
            return IsSameError(method, etcd, ours) ? null : $"etcd: {etcd.Code} {etcd.Detail}\nours: {ours.Code} {ours.Detail}";
        IMessage one = Read(method, etcd.Message);
        IMessage other = Read(method, ours.Message);
        return one.Equals(other) ? null : $"etcd: {one}\nours: {other}";
    }

    /// <summary>The revision in an answer's header.</summary>
    public static long RevisionOf(string method, RawAnswer answer) => HeaderOf(Parse(method, answer.Message)).Revision;

    private static bool IsSameError(string method, RawAnswer etcd, RawAnswer ours)
    {
        if (etcd.Code != ours.Code)
            return method == "Txn" && IsOtherOrder(etcd, ours);
        // What is wrong with the bytes each says in its own words.
        return etcd.Detail == ours.Detail
            || (etcd.Code == StatusCode.Internal && etcd.Detail.StartsWith(Unreadable, StringComparison.Ordinal) && ours.Detail.StartsWith(Unreadable, StringComparison.Ordinal))
            || (method == "Txn" && IsOtherOrder(etcd, ours));
    }

    /// <summary>etcd 3.5 looks at a transaction's puts before its ranges, 3.6 and later at all operations in their order: so do we.</summary>
    private static bool IsOtherOrder(RawAnswer etcd, RawAnswer ours) => OfPuts.Contains(etcd.Detail) && OfRanges.Contains(ours.Detail);

    private static IMessage Read(string method, byte[] bytes)
    {
        IMessage message = Parse(method, bytes);
        ResponseHeader header = HeaderOf(message);
        header.ClusterId = header.MemberId = header.RaftTerm = 0;
        return message;
    }

    private static IMessage Parse(string method, byte[] bytes) => method switch
    {
        "Range" => RangeResponse.Parser.ParseFrom(bytes),
        "Put" => PutResponse.Parser.ParseFrom(bytes),
        "DeleteRange" => DeleteRangeResponse.Parser.ParseFrom(bytes),
        "Txn" => TxnResponse.Parser.ParseFrom(bytes),
        "Compact" => CompactionResponse.Parser.ParseFrom(bytes),
        _ => throw new ArgumentException($"no method {method}", nameof(method)),
    };

    private static ResponseHeader HeaderOf(IMessage message) => message switch
    {
        RangeResponse range => range.Header,
        PutResponse put => put.Header,
        DeleteRangeResponse delete => delete.Header,
        TxnResponse txn => txn.Header,
        CompactionResponse compaction => compaction.Header,
        _ => throw new ArgumentException($"{message.Descriptor.Name} has no header", nameof(message)),
    };
}
