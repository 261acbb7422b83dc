namespace Quorate.Server.Flags;

/// <summary>
/// Flags of etcd 3.4 to 3.6 that 3.7 took away. They are taken with a warning, so that old unit files and kubeadm manifests start.
/// </summary>
internal static class OldNames
{
    private const string Prefix = "experimental-";

    private static readonly Dictionary<string, string> Gates = new()
    {
        ["initial-corrupt-check"] = "InitialCorruptCheck",
        ["compact-hash-check-enabled"] = "CompactHashCheck",
        ["enable-lease-checkpoint"] = "LeaseCheckpoint",
        ["enable-lease-checkpoint-persist"] = "LeaseCheckpointPersist",
        ["stop-grpc-service-on-defrag"] = "StopGRPCServiceOnDefrag",
        ["txn-mode-write-with-shared-buffer"] = "TxnModeWriteWithSharedBuffer",
    };

    /// <summary>How an old flag's value is written; null when there never was such a flag.</summary>
    public static FlagKind? KindOf(string name) => name switch
    {
        "enable-v2" or "debug" or "experimental-enable-v2v3" => FlagKind.Boolean,
        "proxy" or "log-output" or "log-package-levels" or "discovery" => FlagKind.Text,
        "experimental-snapshot-catch-up-entries" => FlagKind.Unsigned,
        _ when !name.StartsWith(Prefix, StringComparison.Ordinal) => null,
        _ when Gates.ContainsKey(name[Prefix.Length..]) => FlagKind.Boolean,
        _ => FlagTable.Find(name[Prefix.Length..])?.Kind,
    };

    /// <summary>Puts an old flag into today's terms, or says why it is refused.</summary>
    public static void Translate(string name, string value, FlagValues into)
    {
        into.Warnings.Add($"flag --{name} is of an older etcd");
        switch (name, value)
        {
            case ("enable-v2", "true"):
                throw ConfigurationException.Refused("--enable-v2=true: the v2 API is not served");
            case ("proxy", not "off"):
                throw ConfigurationException.Refused($"--proxy={value}: there is no proxy mode");
            case ("discovery", not ""):
                throw ConfigurationException.Refused("--discovery: the v2 discovery service is not supported");
            case ("experimental-enable-v2v3", "true"):
                throw ConfigurationException.Refused("--experimental-enable-v2v3: the v2 API is not served");
            case ("debug", "true"):
                into.Set("log-level", "debug", $"--{name}");
                return;
            case ("log-output", _):
                into.Set("log-outputs", value, $"--{name}");
                return;
            case ("experimental-snapshot-catch-up-entries", _):
                into.Set("snapshot-catchup-entries", value, $"--{name}");
                return;
        }

        if (!name.StartsWith(Prefix, StringComparison.Ordinal) || name == "experimental-enable-v2v3")
            return;
        string today = name[Prefix.Length..];
        if (Gates.TryGetValue(today, out string? gate))
            into.AddGate($"{gate}={value}");
        else
            into.Set(today, value, $"--{name}");
    }
}
