using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Quorate.Consensus;

namespace Quorate.Server.Identity;

/// <summary>Member and cluster ids, computed as etcd computes them, so that every member comes to the same ones by itself.</summary>
internal static class ClusterIdentity
{
    /// <summary>The id of a member of the first configuration: SHA-1 over its sorted peer URLs and the cluster's token, its first 8 bytes.</summary>
    public static NodeId MemberId(IEnumerable<string> peerUrls, string token) =>
        new(First8(Encoding.UTF8.GetBytes(string.Concat(peerUrls.Order(StringComparer.Ordinal)) + token)));

    /// <summary>The id of the cluster of these first members: the same over their sorted ids, big-endian.</summary>
    public static ulong ClusterId(IEnumerable<NodeId> members)
    {
        NodeId[] sorted = [.. members.Order()];
        byte[] bytes = new byte[8 * sorted.Length];
        for (int i = 0; i < sorted.Length; i++)
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8 * i), sorted[i].Value);
        return First8(bytes);
    }

#pragma warning disable CA5350 // An identity that etcd defines, not a protection.
    private static ulong First8(byte[] bytes) => BinaryPrimitives.ReadUInt64BigEndian(SHA1.HashData(bytes));
#pragma warning restore CA5350
}
