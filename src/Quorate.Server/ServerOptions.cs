using Microsoft.Extensions.Logging;
using Quorate.Consensus;
using Quorate.Server.Flags;

namespace Quorate.Server;

/// <summary>How a member is to run. Made from flags by <see cref="ServerCommandLine"/>.</summary>
public sealed record ServerOptions
{
    /// <summary>This member's name.</summary>
    public required string Name { get; init; }

    /// <summary>Where its data lies; absolute.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>Where clients reach it.</summary>
    public required IReadOnlyList<EtcdUrl> ListenClientUrls { get; init; }

    /// <summary>Where its peers reach it.</summary>
    public required IReadOnlyList<EtcdUrl> ListenPeerUrls { get; init; }

    /// <summary>Where metrics and health answer besides.</summary>
    public IReadOnlyList<EtcdUrl> ListenMetricsUrls { get; init; } = [];

    /// <summary>What MemberList tells clients.</summary>
    public required IReadOnlyList<EtcdUrl> AdvertiseClientUrls { get; init; }

    /// <summary>The first members, by name.</summary>
    public required IReadOnlyList<InitialMember> InitialCluster { get; init; }

    /// <summary>Tells clusters of the same addresses apart.</summary>
    public string ClusterToken { get; init; } = "etcd-cluster";

    /// <summary>Whether an existing cluster is joined.</summary>
    public bool JoinsExisting { get; init; }

    /// <summary>Whether a member whose data directory is lost or damaged comes back as a new instance.</summary>
    public bool Rejoin { get; init; }

    /// <summary>The protocol, by name; null: as the data directory records it, raft in a new one.</summary>
    public string? Consensus { get; init; }

    /// <summary>How many voters each phase needs; null: as the data directory records it, majorities in a new one.</summary>
    public QuorumSizes? Quorums { get; init; }

    /// <summary>Whether leaders read by leases; null: as the data directory records it, not in a new one.</summary>
    public bool? LeaseReads { get; init; }

    /// <summary>Milliseconds between heartbeats.</summary>
    public int HeartbeatMilliseconds { get; init; } = 100;

    /// <summary>Milliseconds without a leader until a member campaigns.</summary>
    public int ElectionMilliseconds { get; init; } = 1000;

    /// <summary>Whether the first election after a start may come sooner.</summary>
    public bool ElectionTickAdvance { get; init; } = true;

    /// <summary>Entries between two checkpoints, at least.</summary>
    public long SnapshotCount { get; init; } = 10_000;

    /// <summary>Entries kept behind a checkpoint.</summary>
    public int CatchUpEntries { get; init; } = 5000;

    /// <summary>Bytes of data at most; <see cref="long.MaxValue"/> = no limit.</summary>
    public long QuotaBytes { get; init; } = DefaultQuotaBytes;

    /// <summary>Operations in a transaction at most.</summary>
    public int TransactionOperationsMax { get; init; } = 128;

    /// <summary>Bytes of a request at most.</summary>
    public int RequestBytesMax { get; init; } = 1_572_864;

    /// <summary>Calls under way on one connection at most.</summary>
    public long StreamsMax { get; init; } = uint.MaxValue;

    /// <summary>Idle time after which a client is pinged.</summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Time a client has to answer a ping.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Whether an election is asked for before it is held.</summary>
    public bool PreVote { get; init; } = true;

    /// <summary>Whether calls are timed in histograms.</summary>
    public bool ExtensiveMetrics { get; init; }

    /// <summary>A call slower than this is logged.</summary>
    public TimeSpan SlowRequest { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>The least level that is logged.</summary>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Whether the log is for people instead of programs.</summary>
    public bool LogForPeople { get; init; }

    /// <summary><c>stderr</c>, <c>stdout</c>, or file names.</summary>
    public IReadOnlyList<string> LogOutputs { get; init; } = ["stderr"];

    /// <summary>What is to be logged first of all: what the flags gave reason to warn of.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>etcd's quota where none is given.</summary>
    public const long DefaultQuotaBytes = 2L << 30;
}
