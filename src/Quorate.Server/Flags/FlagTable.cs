using System.Collections.Frozen;

namespace Quorate.Server.Flags;

/// <summary>etcd 3.7's flags with their defaults, and what we make of each; and a few of our own.</summary>
internal static class FlagTable
{
    private const string AncientTexts =
        "cluster-active-size cluster-remove-delay cluster-sync-interval config max-result-buffer max-retry-attempts "
        + "peer-heartbeat-interval peer-election-timeout retry-interval";

    private const string AncientSwitches = "force snapshot v vv";

    /// <summary>All of them, in the order in which <c>--help</c> lists them.</summary>
    public static readonly IReadOnlyList<Flag> All =
        [.. Member(), .. Cluster(), .. Logs(), .. Features(), .. DiscoveryAndSecurity(), .. Ancient()];

    private static readonly FrozenDictionary<string, Flag> ByName = All.ToFrozenDictionary(f => f.Name);

    /// <summary>The flag of that name; null when etcd 3.7 has none.</summary>
    public static Flag? Find(string name) => ByName.GetValueOrDefault(name);

    private static Flag Text(string name, string byDefault, string help = "") => new(name, FlagKind.Text, byDefault, FlagUse.Used, help);

    private static Flag Switch(string name, bool byDefault, string help = "") =>
        new(name, FlagKind.Boolean, byDefault ? "true" : "false", FlagUse.Used, help);

    private static Flag Unsigned(string name, string byDefault, string help = "") =>
        new(name, FlagKind.Unsigned, byDefault, FlagUse.Used, help);

    private static Flag Duration(string name, string byDefault, string help = "") =>
        new(name, FlagKind.Duration, byDefault, FlagUse.Used, help);

    private static Flag NotBuilt(string name, FlagKind kind, string byDefault) => new(name, kind, byDefault, FlagUse.NotBuilt, "");

    private static Flag NotBuilt(string name, string byDefault = "") => NotBuilt(name, FlagKind.Text, byDefault);

    private static Flag NotBuiltSwitch(string name, bool byDefault = false) =>
        NotBuilt(name, FlagKind.Boolean, byDefault ? "true" : "false");

    private static Flag Ignored(string name, FlagKind kind, string byDefault) => new(name, kind, byDefault, FlagUse.Ignored, "");

    private static Flag[] Member() =>
    [
        Text("name", "default", "this member's name"),
        Text("data-dir", "", "where its data lies (${name}.quorate)"),
        NotBuilt("wal-dir"),
        Unsigned("snapshot-count", "10000", "entries between two checkpoints, at least"),
        Unsigned("snapshot-catchup-entries", "5000", "entries kept for members that are a little late"),
        Unsigned("heartbeat-interval", "100", "milliseconds between a leader's heartbeats"),
        Unsigned("election-timeout", "1000", "milliseconds without a leader until a member campaigns"),
        Switch("initial-election-tick-advance", true, "make the first election after a start come sooner"),
        Text("listen-peer-urls", "http://localhost:2380", "where other members reach this one"),
        Text("listen-client-urls", "http://localhost:2379", "where clients reach this one"),
        NotBuilt("listen-client-http-urls"),
        Text("listen-metrics-urls", "", "where /metrics and /health answer besides"),
        new Flag("quota-backend-bytes", FlagKind.Integer, "0", FlagUse.Used, "bytes of data at most (0 = 2 GiB, negative = no limit)"),
        Unsigned("max-txn-ops", "128", "operations in a transaction at most"),
        Unsigned("max-request-bytes", "1572864", "bytes of a request at most"),
        Unsigned("max-concurrent-streams", "4294967295", "calls under way on one connection at most"),
        NotBuilt("grpc-keepalive-min-time", FlagKind.Duration, "5s"),
        Duration("grpc-keepalive-interval", "2h", "idle time after which a client is pinged"),
        Duration("grpc-keepalive-timeout", "20s", "time a client has to answer that"),
        NotBuiltSwitch("socket-reuse-port"),
        NotBuiltSwitch("socket-reuse-address"),
        Switch("enable-grpc-gateway", true),
        NotBuilt("max-wals", FlagKind.Unsigned, "5"),
        Text("feature-gates", "", "name=true or name=false, by commas"),
        NotBuiltSwitch("memory-mlock"),
        Ignored("max-snapshots", FlagKind.Unsigned, "5"),
        Ignored("backend-bbolt-freelist-type", FlagKind.Text, "map"),
        Ignored("backend-batch-interval", FlagKind.Duration, "0s"),
        Ignored("backend-batch-limit", FlagKind.Integer, "0"),
        Ignored("raft-read-timeout", FlagKind.Duration, "5s"),
        Ignored("raft-write-timeout", FlagKind.Duration, "5s"),
    ];

    private static Flag[] Cluster() =>
    [
        Text("initial-advertise-peer-urls", "http://localhost:2380", "this member's peer URLs, as the others know them"),
        Text("initial-cluster", "default=http://localhost:2380", "the first members: name=url, by commas"),
        Text("initial-cluster-state", "new", "new, or existing to join one"),
        Text("initial-cluster-token", "etcd-cluster", "tells clusters of the same addresses apart"),
        Text("advertise-client-urls", "http://localhost:2379", "this member's client URLs, as clients know them"),
        Text("consensus", "", "the protocol, chosen at the first start: raft (the default) or multipaxos; Quorate's own"),
        Unsigned("phase1-quorum", "0", "multipaxos: voters whose promises make a leader (0 = a majority); never all where one fewer meets phase 2; Quorate's own"),
        Unsigned("phase2-quorum", "0", "multipaxos: voters whose acceptances decide (0 = a majority); Quorate's own"),
        Switch("lease-reads", false, "leaders read without asking the others while a lease lasts; chosen at the first start, with --election-timeout; Quorate's own"),
        Switch("rejoin", false, "come back as a new instance where the data directory is lost or damaged; Quorate's own"),
        NotBuiltSwitch("strict-reconfig-check", true),
        Switch("pre-vote", true, "ask before an election whether it could be won"),
        NotBuilt("max-learners", FlagKind.Integer, "1"),
        NotBuilt("auto-compaction-mode", "periodic"),
        NotBuilt("auto-compaction-retention", "0"),
    ];

    private static Flag[] Logs() =>
    [
        Text("logger", "zap"),
        Text("log-level", "info", "debug, info, warn, error, panic or fatal"),
        Text("log-format", "json", "json, or console for people"),
        Text("log-outputs", "default", "stderr (default), stdout, or files, by commas"),
        NotBuiltSwitch("enable-log-rotation"),
        Ignored("log-rotation-config-json", FlagKind.Text, ""),
        NotBuilt("warning-apply-duration", FlagKind.Duration, "100ms"),
        Duration("warning-unary-request-duration", "300ms", "a call slower than this is logged"),
        Text("metrics", "basic", "basic, or extensive for histograms of each call"),
        NotBuiltSwitch("enable-distributed-tracing"),
        NotBuilt("distributed-tracing-address", "localhost:4317"),
        NotBuilt("distributed-tracing-service-name", "etcd"),
        NotBuilt("distributed-tracing-instance-id"),
        NotBuilt("distributed-tracing-sampling-rate", FlagKind.Integer, "0"),
    ];

    private static Flag[] Features() =>
    [
        NotBuilt("corrupt-check-time", FlagKind.Duration, "0s"),
        NotBuilt("compact-hash-check-time", FlagKind.Duration, "1m"),
        NotBuilt("compaction-batch-limit", FlagKind.Integer, "1000"),
        NotBuilt("compaction-sleep-interval", FlagKind.Duration, "10ms"),
        NotBuilt("watch-progress-notify-interval", FlagKind.Duration, "10m"),
        NotBuilt("downgrade-check-time", FlagKind.Duration, "5s"),
        NotBuilt("bootstrap-defrag-threshold-megabytes", FlagKind.Unsigned, "0"),
        Text("v2-deprecation", "write-only"),
        NotBuiltSwitch("force-new-cluster"),
        NotBuiltSwitch("unsafe-no-fsync"),
        Text("config-file", "", "a YAML or JSON file; flags and variables are then ignored"),
        Switch("version", false, "say the version and end"),
    ];

    private static Flag[] DiscoveryAndSecurity() =>
    [
        NotBuilt("discovery-endpoints"), NotBuilt("discovery-token"),
        NotBuilt("discovery-dial-timeout", FlagKind.Duration, "2s"),
        NotBuilt("discovery-request-timeout", FlagKind.Duration, "5s"),
        NotBuilt("discovery-keepalive-time", FlagKind.Duration, "2s"),
        NotBuilt("discovery-keepalive-timeout", FlagKind.Duration, "6s"),
        NotBuiltSwitch("discovery-insecure-transport", true), NotBuiltSwitch("discovery-insecure-skip-tls-verify"),
        NotBuilt("discovery-cert"), NotBuilt("discovery-key"), NotBuilt("discovery-cacert"),
        NotBuilt("discovery-user"), NotBuilt("discovery-password"),
        NotBuilt("discovery-srv"), NotBuilt("discovery-srv-name"), NotBuilt("discovery-fallback", "exit"),
        NotBuilt("cert-file"), NotBuilt("key-file"), NotBuilt("client-cert-file"), NotBuilt("client-key-file"),
        NotBuiltSwitch("client-cert-auth"), NotBuilt("trusted-ca-file"), NotBuilt("client-crl-file"),
        NotBuilt("client-cert-allowed-hostname"), NotBuiltSwitch("auto-tls"),
        NotBuilt("peer-cert-file"), NotBuilt("peer-key-file"), NotBuilt("peer-client-cert-file"), NotBuilt("peer-client-key-file"),
        NotBuiltSwitch("peer-client-cert-auth"), NotBuilt("peer-trusted-ca-file"), NotBuilt("peer-crl-file"),
        NotBuilt("peer-cert-allowed-cn"), NotBuilt("peer-cert-allowed-hostname"), NotBuiltSwitch("peer-auto-tls"),
        NotBuiltSwitch("peer-skip-client-san-verification"),
        NotBuilt("self-signed-cert-validity", FlagKind.Unsigned, "1"), NotBuilt("cipher-suites"),
        NotBuilt("tls-min-version", "TLS1.2"), NotBuilt("tls-max-version"),
        NotBuilt("cors", "*"), NotBuilt("host-whitelist", "*"), NotBuiltSwitch("enable-pprof"),
        NotBuilt("auth-token", "simple"), NotBuilt("auth-token-ttl", FlagKind.Unsigned, "300"),
        NotBuilt("bcrypt-cost", FlagKind.Unsigned, "10"),
    ];

    private static Flag[] Ancient() =>
    [
        .. AncientTexts.Split(' ').Select(name => new Flag(name, FlagKind.Text, "", FlagUse.Ancient, "")),
        .. AncientSwitches.Split(' ').Select(name => new Flag(name, FlagKind.Boolean, "false", FlagUse.Ancient, "")),
    ];
}
