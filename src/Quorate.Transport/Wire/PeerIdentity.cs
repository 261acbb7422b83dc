using System.Text;
using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>Who a member says it is when it opens a stream.</summary>
/// <param name="Cluster">The cluster it belongs to.</param>
/// <param name="Member">Its number there.</param>
/// <param name="Instance">The life of its data directory.</param>
/// <param name="StartCount">How often that directory was started; synced before it is shown.</param>
/// <param name="Nonce">Drawn at random by this start: a copy of the directory shows itself by another one under the same count.</param>
/// <param name="Engine">The consensus engine's name; at most <see cref="EngineBytesMax"/> ASCII letters.</param>
public sealed record PeerIdentity(ulong Cluster, NodeId Member, InstanceId Instance, uint StartCount, ulong Nonce, string Engine)
{
    /// <summary>Bytes of the longest engine name.</summary>
    public const int EngineBytesMax = 32;

    /// <summary>Whether it can be written into a hello.</summary>
    public bool IsWellFormed =>
        !Member.IsNone && !Instance.IsOpen && Engine.Length is > 0 and <= EngineBytesMax && Ascii.IsValid(Engine);

    /// <summary><c>member 3 of cluster cdf818194e3a8c32 (instance 5f, start 4, raft)</c>.</summary>
    public override string ToString() =>
        $"member {Member} of cluster {Cluster:x} (instance {Instance}, start {StartCount}, {Engine})";
}
