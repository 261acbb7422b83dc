using System.Buffers.Binary;
using System.Text;
using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>What a stream carries.</summary>
public enum PeerStream : byte
{
    /// <summary>Consensus messages.</summary>
    Messages,

    /// <summary>Snapshots, which may take long.</summary>
    Snapshots,

    /// <summary>Nothing: its hello is a new instance's request to take the old one's place. It ends with the answer.</summary>
    Rejoin,
}

/// <summary>The answer to a hello.</summary>
public enum HelloVerdict : byte
{
    /// <summary>Welcome. Also what an opening hello carries.</summary>
    Accepted,

    /// <summary>The other side speaks another version of this protocol.</summary>
    WrongVersion,

    /// <summary>The other side belongs to another cluster.</summary>
    WrongCluster,

    /// <summary>The other side is not the member that was meant.</summary>
    WrongMember,

    /// <summary>The other side runs another consensus engine, or one with quorums of other sizes or other leases.</summary>
    WrongEngine,

    /// <summary>The other side is not the instance that the configuration names: its disk was wiped or replaced.</summary>
    ForeignInstance,

    /// <summary>The other side's start count is lower than one seen before: an old copy of its data directory.</summary>
    StaleStart,

    /// <summary>The other side's start count was seen with another nonce: two copies of its data directory.</summary>
    CopiedStart,

    /// <summary>One of the two asks to be taken back, and no cluster has begun at the other.</summary>
    NothingToRejoin,

    /// <summary>The bytes are no hello. Never sent.</summary>
    NotAHello,
}

/// <summary>The first bytes on a stream, in both directions: who speaks, to whom, what for; the answer also carries the verdict.</summary>
/// <param name="From">Who speaks.</param>
/// <param name="To">To whom.</param>
/// <param name="Stream">What for.</param>
/// <param name="Known">The entry of the configuration that the speaker has in force, committed or not.</param>
/// <param name="Verdict">The answer.</param>
internal sealed record Hello(PeerIdentity From, NodeId To, PeerStream Stream, LogIndex Known, HelloVerdict Verdict)
{
    public const int SizeBytes = 100;
    public const ushort Version = 1;

    // "quorate" and a byte that no text has: neither HTTP nor TLS begins so.
    private const ulong Magic = 0x80_65_74_61_72_6f_75_71;

    public void Write(Span<byte> into)
    {
        Invariant.Check(From.IsWellFormed);
        into = into[..SizeBytes];
        into.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(into, Magic);
        BinaryPrimitives.WriteUInt16LittleEndian(into[8..], Version);
        into[10] = (byte)Stream;
        into[11] = (byte)Verdict;
        BinaryPrimitives.WriteUInt64LittleEndian(into[12..], From.Cluster);
        BinaryPrimitives.WriteUInt64LittleEndian(into[20..], From.Member.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(into[28..], To.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(into[36..], From.Instance.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(into[44..], From.StartCount);
        BinaryPrimitives.WriteUInt64LittleEndian(into[48..], From.Nonce);
        Encoding.ASCII.GetBytes(From.Engine, into[56..]);
        BinaryPrimitives.WriteUInt64LittleEndian(into[88..], Known.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(into[96..], Crc32C.Of(into[..96]));
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <returns><see cref="HelloVerdict.Accepted"/> and a hello, or why it is none.</returns>
    public static HelloVerdict Read(ReadOnlySpan<byte> from, out Hello? hello)
    {
        hello = null;
        if (BinaryPrimitives.ReadUInt64LittleEndian(from) != Magic)
            return HelloVerdict.NotAHello;
        // Before the checksum: only magic and version stay where they are in other versions.
        if (BinaryPrimitives.ReadUInt16LittleEndian(from[8..]) != Version)
            return HelloVerdict.WrongVersion;
        if (BinaryPrimitives.ReadUInt32LittleEndian(from[96..]) != Crc32C.Of(from[..96]))
            return HelloVerdict.NotAHello;

        var identity = new PeerIdentity(
            BinaryPrimitives.ReadUInt64LittleEndian(from[12..]),
            new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(from[20..])),
            new InstanceId(BinaryPrimitives.ReadUInt64LittleEndian(from[36..])),
            BinaryPrimitives.ReadUInt32LittleEndian(from[44..]),
            BinaryPrimitives.ReadUInt64LittleEndian(from[48..]),
            Encoding.ASCII.GetString(from[56..88].TrimEnd((byte)0)));
        if (!identity.IsWellFormed || from[10] > (byte)PeerStream.Rejoin || from[11] >= (byte)HelloVerdict.NotAHello)
            return HelloVerdict.NotAHello;

        var to = new NodeId(BinaryPrimitives.ReadUInt64LittleEndian(from[28..]));
        var known = new LogIndex(BinaryPrimitives.ReadUInt64LittleEndian(from[88..]));
        hello = new Hello(identity, to, (PeerStream)from[10], known, (HelloVerdict)from[11]);
        return HelloVerdict.Accepted;
    }
}
