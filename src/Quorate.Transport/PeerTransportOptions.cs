using System.Net;
using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>How a <see cref="PeerTransport"/> is set up. Times in nanoseconds.</summary>
public sealed record PeerTransportOptions
{
    /// <summary>This member.</summary>
    public required PeerIdentity Self { get; init; }

    /// <summary>Where peers reach it: TCP or Unix-domain addresses; none = it only dials.</summary>
    public required IReadOnlyList<EndPoint> Listen { get; init; }

    /// <summary>Where a member of a configuration is reached (<see cref="Member.Context"/> is the host's to read). Names are resolved at each dial.</summary>
    public required Func<Member, IReadOnlyList<EndPoint>> AddressesOf { get; init; }

    /// <summary>
    /// Whom to ask to be taken back as a new instance, as long as no configuration is known here: the first members, as far as known. Empty: nobody.
    /// </summary>
    public IReadOnlyList<Member> RejoinThrough { get; init; } = [];

    /// <summary>Seeds the jitter of the back-off.</summary>
    public ulong Seed { get; init; }

    /// <summary>Bytes of a frame's body at most; a longer one breaks the stream it came on.</summary>
    public int FrameBytesMax { get; init; } = (64 << 20) - (1 << 10);

    /// <summary>Bytes that may wait on a message stream; past them frames are dropped.</summary>
    public long QueueBytesMax { get; init; } = 32 << 20;

    /// <summary>Bytes that may wait on a snapshot stream; past them frames are not taken.</summary>
    public long SnapshotQueueBytesMax { get; init; } = 4 << 20;

    /// <summary>Bytes of a receive block.</summary>
    public int ReceiveBlockBytes { get; init; } = 128 << 10;

    /// <summary>The first wait after a failed dial.</summary>
    public long BackOffFirst { get; init; } = 10_000_000;

    /// <summary>The longest wait between dials, and the wait after a refusal.</summary>
    public long BackOffMax { get; init; } = 500_000_000;

    /// <summary>Both hellos must have passed within this.</summary>
    public long HandshakeTimeout { get; init; } = 2_000_000_000;

    /// <summary>A dialed stream is pinged this often.</summary>
    public long PingInterval { get; init; } = 1_000_000_000;

    /// <summary>A stream on which nothing at all came for so long is dead: half-open connections end here.</summary>
    public long SilenceMax { get; init; } = 5_000_000_000;
}
