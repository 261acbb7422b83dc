using Microsoft.Extensions.Logging;
using Quorate.Consensus;

namespace Quorate.Server.Flags;

/// <summary>Makes options from flags, and refuses what cannot work.</summary>
internal static class OptionsReader
{
    private static readonly string[] GatesThatChangeNothing =
    [
        "LeaseCheckpoint", "LeaseCheckpointPersist", "PriorityRequest", "TxnModeWriteWithSharedBuffer", "FastLeaseKeepAlive", "AllBeta",
    ];

    private static readonly string[] GatesNotBuilt =
        ["StopGRPCServiceOnDefrag", "InitialCorruptCheck", "CompactHashCheck", "SetMemberLocalAddr", "AllAlpha"];

    /// <summary>Reads them.</summary>
    /// <exception cref="ConfigurationException">They contradict each other, or cannot work.</exception>
    public static ServerOptions Read(FlagValues flags)
    {
        CheckFixedValues(flags);
        CheckGates(flags);
        if (flags.Has("listen-client-urls") && !flags.Has("advertise-client-urls"))
            throw ConfigurationException.Refused("--advertise-client-urls is required when --listen-client-urls is set explicitly");
        string name = flags.Text("name");
        IReadOnlyList<InitialMember> cluster = ReadCluster(flags, name);
        (int heartbeat, int election) = ReadTimes(flags);
        string directory = flags.Text("data-dir") is { Length: > 0 } given ? given : $"{name}.quorate";
        return new ServerOptions
        {
            Name = name,
            DataDirectory = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory)),
            ListenClientUrls = Urls(flags, "listen-client-urls", listen: true),
            ListenPeerUrls = Urls(flags, "listen-peer-urls", listen: true),
            ListenMetricsUrls = flags.Text("listen-metrics-urls").Length > 0 ? Urls(flags, "listen-metrics-urls", listen: true) : [],
            AdvertiseClientUrls = Urls(flags, "advertise-client-urls", listen: false),
            InitialCluster = cluster,
            ClusterToken = flags.Text("initial-cluster-token"),
            JoinsExisting = OneOf(flags, "initial-cluster-state", "new", "existing") == "existing",
            Rejoin = flags.IsSet("rejoin"),
            Consensus = ReadConsensus(flags),
            Quorums = ReadQuorums(flags),
            LeaseReads = flags.Has("lease-reads") ? flags.IsSet("lease-reads") : null,
            HeartbeatMilliseconds = heartbeat,
            ElectionMilliseconds = election,
            ElectionTickAdvance = flags.IsSet("initial-election-tick-advance"),
            SnapshotCount = AtLeast(flags, "snapshot-count", 1, long.MaxValue),
            CatchUpEntries = (int)AtLeast(flags, "snapshot-catchup-entries", 0, int.MaxValue),
            QuotaBytes = flags.Number("quota-backend-bytes") switch { 0 => ServerOptions.DefaultQuotaBytes, < 0 => long.MaxValue, long n => n },
            TransactionOperationsMax = (int)AtLeast(flags, "max-txn-ops", 1, int.MaxValue),
            RequestBytesMax = (int)AtLeast(flags, "max-request-bytes", 1, 1 << 30),
            StreamsMax = AtLeast(flags, "max-concurrent-streams", 1, uint.MaxValue),
            KeepAliveInterval = flags.Duration("grpc-keepalive-interval"),
            KeepAliveTimeout = flags.Duration("grpc-keepalive-timeout"),
            PreVote = flags.IsSet("pre-vote"),
            ExtensiveMetrics = OneOf(flags, "metrics", "basic", "extensive") == "extensive",
            SlowRequest = flags.Duration("warning-unary-request-duration"),
            LogLevel = ReadLevel(flags.Text("log-level")),
            LogForPeople = OneOf(flags, "log-format", "json", "console") == "console",
            LogOutputs = ReadOutputs(flags.Text("log-outputs")),
            Warnings = [.. flags.Warnings],
        };
    }

    private static string? ReadConsensus(FlagValues flags)
    {
        string name = flags.Text("consensus");
        if (name.Length > 0 && !Engines.Names.Contains(name))
            throw ConfigurationException.Refused($"--consensus: {name} is unknown ({string.Join(" or ", Engines.Names)})");
        return name.Length > 0 ? name : null;
    }

    private static QuorumSizes? ReadQuorums(FlagValues flags)
    {
        (long phase1, long phase2) = (flags.Number("phase1-quorum"), flags.Number("phase2-quorum"));
        if (phase1 == 0 && phase2 == 0)
            return null;
        if (phase1 is < 1 or > 99 || phase2 is < 1 or > 99)
            throw ConfigurationException.Refused("--phase1-quorum and --phase2-quorum are given together, from 1 to 99 each");
        return new QuorumSizes((int)phase1, (int)phase2);
    }

    private static void CheckFixedValues(FlagValues flags)
    {
        if (flags.Text("logger") is "capnslog")
            flags.Warnings.Add("--logger=capnslog is of an older etcd; zap's format is written");
        else if (flags.Text("logger") is not "zap")
            throw ConfigurationException.Refused($"--logger: {flags.Text("logger")} is unknown (zap)");
        if (flags.Text("v2-deprecation") is "not-yet")
            throw ConfigurationException.Refused("--v2-deprecation=not-yet: the v2 store is gone");
        if (flags.Has("v2-deprecation"))
            flags.Warnings.Add("flag --v2-deprecation is ignored: there is no v2 store");
    }

    private static void CheckGates(FlagValues flags)
    {
        foreach (string gate in flags.Text("feature-gates").Split(',', StringSplitOptions.TrimEntries).Concat(flags.OldGates))
        {
            if (gate.Length == 0)
                continue;
            int equals = gate.IndexOf('=', StringComparison.Ordinal);
            string name = equals < 0 ? gate : gate[..equals];
            if (equals < 0 || !GoSyntax.TryBoolean(gate[(equals + 1)..], out bool on))
                throw ConfigurationException.BadFlag($"--feature-gates: '{gate}' is not name=true or name=false");
            if (GatesThatChangeNothing.Contains(name))
                continue;
            if (!GatesNotBuilt.Contains(name))
                throw ConfigurationException.BadFlag($"--feature-gates: no feature gate {name}");
            if (on)
                throw ConfigurationException.Refused($"--feature-gates: {name} is not built yet; only {name}=false is accepted");
        }
    }

    private static IReadOnlyList<InitialMember> ReadCluster(FlagValues flags, string name)
    {
        EtcdUrl[] advertised = Urls(flags, "initial-advertise-peer-urls", listen: false);
        if (!flags.Has("initial-cluster"))
            return [new InitialMember(name, [.. advertised.OrderBy(u => u.Text, StringComparer.Ordinal)])];
        IReadOnlyList<InitialMember> cluster = InitialCluster.Parse(flags.Text("initial-cluster"));
        InitialMember self = cluster.FirstOrDefault(m => m.Name == name)
            ?? throw ConfigurationException.Refused($"--initial-cluster does not name this member, {name}");
        // A member that joins takes part under the URLs it was added with; the others are told by the same list.
        if (!self.PeerUrls.Select(u => u.Text).SequenceEqual(advertised.Select(u => u.Text).Order(StringComparer.Ordinal)))
        {
            throw ConfigurationException.Refused(
                $"--initial-cluster has {string.Join(',', self.PeerUrls)} for {name}, but --initial-advertise-peer-urls is {string.Join<EtcdUrl>(',', advertised)}");
        }

        return cluster;
    }

    private static (int Heartbeat, int Election) ReadTimes(FlagValues flags)
    {
        long heartbeat = AtLeast(flags, "heartbeat-interval", 1, 50_000);
        long election = AtLeast(flags, "election-timeout", 1, long.MaxValue);
        if (election < 5 * heartbeat)
        {
            throw ConfigurationException.Refused(
                $"--election-timeout ({election}ms) must be at least 5 times --heartbeat-interval ({heartbeat}ms)");
        }

        if (election > 50_000)
            throw ConfigurationException.Refused($"--election-timeout ({election}ms) is too long: at most 50000ms");
        return ((int)heartbeat, (int)election);
    }

    private static EtcdUrl[] Urls(FlagValues flags, string name, bool listen) => EtcdUrl.ParseList(flags.Text(name), name, listen);

    private static long AtLeast(FlagValues flags, string name, long low, long high)
    {
        long value = flags.Number(name);
        if (value < low)
            throw ConfigurationException.Refused($"--{name}: {value} is too small (at least {low})");
        return Math.Min(value, high);
    }

    private static string OneOf(FlagValues flags, string name, string first, string second)
    {
        string value = flags.Text(name);
        return value == first || value == second
            ? value
            : throw ConfigurationException.Refused($"--{name}: {value} is unknown ({first} or {second})");
    }

    private static LogLevel ReadLevel(string text) => text switch
    {
        "debug" => LogLevel.Debug,
        "info" => LogLevel.Information,
        "warn" => LogLevel.Warning,
        "error" => LogLevel.Error,
        "panic" or "dpanic" or "fatal" => LogLevel.Critical,
        _ => throw ConfigurationException.Refused($"--log-level: {text} is unknown (debug, info, warn, error, panic, fatal)"),
    };

    private static string[] ReadOutputs(string text)
    {
        string[] outputs = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (outputs.Contains("systemd/journal"))
            throw ConfigurationException.Refused("--log-outputs: systemd/journal is not built yet (stderr reaches the journal too)");
        if (outputs.Length > 1 && outputs.Contains("default"))
            throw ConfigurationException.Refused("--log-outputs: default cannot be combined with others");
        return outputs.Length == 0 ? ["stderr"] : [.. outputs.Select(o => o == "default" ? "stderr" : o)];
    }
}
