using Grpc.Core;

namespace Quorate.Server.Rpc;

/// <summary>How a call ended.</summary>
/// <param name="Code">gRPC's code.</param>
/// <param name="Text">The message; empty when all went well.</param>
internal sealed record RpcStatus(StatusCode Code, string Text)
{
    /// <summary>All went well.</summary>
    public static readonly RpcStatus Ok = new(StatusCode.OK, "");
}

/// <summary>A call that ends with a status other than OK.</summary>
#pragma warning disable CA1064 // Nobody outside this assembly catches it.
internal sealed class RpcFailure(RpcStatus status) : Exception(status.Text)
#pragma warning restore CA1064
{
    /// <summary>The status.</summary>
    public RpcStatus Status { get; } = status;
}
