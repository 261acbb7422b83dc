using System.Net.Sockets;
using Grpc.Core;
using Quorate.Checkers;

namespace Quorate.Torture;

/// <summary>What an error says of an operation's effect.</summary>
internal static class Outcomes
{
    /// <summary>
    /// Texts by which a member says that a write had no effect and never will: it was refused, or no leader could be asked in time. The
    /// checker holds it to that. Any other error leaves the outcome open.
    /// </summary>
    private static readonly string[] Final =
    [
        "etcdserver: too many requests",
        "etcdserver: leader changed",
        "etcdserver: no leader",
        "etcdserver: request timed out",
        "etcdserver: request timed out, possibly due to connection lost",
    ];

    /// <summary>The outcome of an operation that ended so.</summary>
    public static Outcome Of(RpcException error)
    {
        if (Final.Contains(error.Status.Detail))
            return Outcome.Failed;
        // No connection came about, so nothing was sent.
        return error.Status.DebugException is SocketException or HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError }
            ? Outcome.Failed
            : Outcome.Unknown;
    }
}
