using Grpc.Core;
using Quorate.Consensus;
using Quorate.KeyValue;
using Quorate.Replica;
using Quorate.Server.Rpc;

namespace Quorate.Server.Errors;

/// <summary>etcd's error texts with their codes, to the letter: clients look errors up by the whole text.</summary>
internal static class EtcdErrors
{
    public static readonly RpcStatus NoLeader = Etcd(StatusCode.Unavailable, "no leader");
    public static readonly RpcStatus NotLeader = Etcd(StatusCode.FailedPrecondition, "not leader");
    public static readonly RpcStatus BadLeaderTransferee = Etcd(StatusCode.FailedPrecondition, "bad leader transferee");
    public static readonly RpcStatus LeaderChanged = Etcd(StatusCode.Unavailable, "leader changed");
    public static readonly RpcStatus ServerStopped = Etcd(StatusCode.Unavailable, "server stopped");
    public static readonly RpcStatus TimedOut = Etcd(StatusCode.Unavailable, "request timed out");
    public static readonly RpcStatus TimedOutByLeaderFailure =
        Etcd(StatusCode.Unavailable, "request timed out, possibly due to previous leader failure");
    public static readonly RpcStatus TimedOutByConnectionLost =
        Etcd(StatusCode.Unavailable, "request timed out, possibly due to connection lost");
    public static readonly RpcStatus NoSpace = Etcd(StatusCode.ResourceExhausted, "mvcc: database space exceeded");
    public static readonly RpcStatus NotForLearner = Etcd(StatusCode.FailedPrecondition, "rpc not supported for learner");

    // etcd lists it as ResourceExhausted but sends it as Unknown: clients see that.
    public static readonly RpcStatus TooManyRequests = Etcd(StatusCode.Unknown, "too many requests");
    public static readonly RpcStatus TransferTimedOut = Etcd(StatusCode.Unknown, "request timed out, leader transfer took too long");

    public static readonly RpcStatus StreamNotSorted =
        new(StatusCode.Unimplemented, "a range stream is in key order: no other sorting, no revision filters");

    private static readonly RpcStatus[] OfKeyValue = [.. Enum.GetValues<KeyValueError>().Select(Make)];

    /// <summary>The status of a refused key-value request.</summary>
    public static RpcStatus Of(KeyValueError error) => OfKeyValue[(int)error];

    /// <summary>The status of a request that got no answer.</summary>
    public static RpcStatus Of(Failure failure) => failure.Reason switch
    {
        FailureReason.Refused => Of(failure.Refusal),
        FailureReason.OutcomeUnknown => TimedOutByLeaderFailure,
        FailureReason.TimedOut => TimedOut,
        FailureReason.Stopped => ServerStopped,
    };

    private static RpcStatus Of(Refusal refusal) => refusal switch
    {
        Refusal.TooManyRequests => TooManyRequests,
        Refusal.DiskFull => NoSpace,
        _ => LeaderChanged,
    };

    private static RpcStatus Make(KeyValueError error) => new(
        error switch
        {
            KeyValueError.None => StatusCode.OK,
            KeyValueError.Malformed or KeyValueError.UnknownCommand => StatusCode.Internal,
            KeyValueError.Compacted or KeyValueError.FutureRevision => StatusCode.OutOfRange,
            KeyValueError.LeaseNotFound => StatusCode.NotFound,
            KeyValueError.NoSpace => StatusCode.ResourceExhausted,
            KeyValueError.CorruptCluster => StatusCode.DataLoss,
            _ => StatusCode.InvalidArgument,
        },
        error.Text());

    private static RpcStatus Etcd(StatusCode code, string text) => new(code, $"etcdserver: {text}");
}
