using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.Replica;
using Quorate.Server.Flags;
using Quorate.Server.Identity;

namespace Quorate.Server;

/// <summary>Who this member is and whom it starts with, worked out from its options and its data directory.</summary>
/// <param name="Self">Its id.</param>
/// <param name="ClusterId">Its cluster's.</param>
/// <param name="First">The first configuration, equal on all first members.</param>
/// <param name="HasData">Whether its directory holds a member's data.</param>
/// <param name="Protocol">What it runs.</param>
internal sealed record Bootstrap(NodeId Self, ulong ClusterId, Configuration First, bool HasData, ChosenProtocol Protocol)
{
    /// <summary>Works it out.</summary>
    /// <exception cref="ConfigurationException">The directory is etcd's, or what is asked for is not built yet.</exception>
    public static Bootstrap Read(ServerOptions options)
    {
        string directory = options.DataDirectory;
        if (Directory.Exists(Path.Combine(directory, "member", "wal")) || File.Exists(Path.Combine(directory, "member", "snap", "db")))
        {
            throw ConfigurationException.Refused(
                $"{directory} is a data directory of etcd, which is never written to: give another --data-dir and bring the keys over with 'etcdctl make-mirror'");
        }

        bool hasData = HoldsMember(directory);
        if (options.JoinsExisting && !hasData && !options.Rejoin)
            throw ConfigurationException.Refused("--initial-cluster-state=existing: joining a running cluster is not built yet");
        if (options.ListenPeerUrls.Count > 1)
            throw ConfigurationException.Refused("--listen-peer-urls: more than one URL is not built yet");
        if (options.Rejoin && !hasData && options.InitialCluster.Count == 1)
            throw ConfigurationException.Refused("--rejoin: this member is the only one, so nobody can take it back");
        var members = options.InitialCluster
            .Select(m => (m.Name, Urls: m.PeerUrls.Select(u => u.Text).ToArray()))
            .Select(m => (m.Name, m.Urls, Id: ClusterIdentity.MemberId(m.Urls, options.ClusterToken)))
            .ToList();
        var first = new Configuration(
            members.Select(m => new Member(m.Id, InstanceId.Open, MemberRole.Voter, MemberContext.Write(m.Urls))), []);
        return new Bootstrap(
            members.First(m => m.Name == options.Name).Id, ClusterIdentity.ClusterId(members.Select(m => m.Id)), first, hasData,
            Engines.Choose(options, hasData ? null : members.Count));
    }

    // A file system's own names, as lost+found, are nobody's data.
    private static bool HoldsMember(string directory)
    {
        for (string? above = directory; above is not null; above = Path.GetDirectoryName(above))
        {
            if (File.Exists(above))
                throw ConfigurationException.Refused($"--data-dir {directory}: {above} is a file");
        }

        try
        {
            return Directory.Exists(directory)
                && Directory.EnumerateFileSystemEntries(directory).Any(entry => Path.GetFileName(entry) is "identity" or "state" or "log" or "snap");
        }
        catch (Exception denied) when (denied is UnauthorizedAccessException or IOException)
        {
            throw ConfigurationException.Refused($"--data-dir {directory} cannot be read: {denied.Message}");
        }
    }

    /// <summary>What the node is started with.</summary>
    public NodeOptions NodeOptions(ServerOptions options)
    {
        EtcdUrl peers = options.ListenPeerUrls[0];
        string host = peers.Host == "localhost" ? "127.0.0.1" : peers.Host;
        return new NodeOptions
        {
            Self = Self,
            ClusterId = ClusterId,
            Name = options.Name,
            DataDirectory = options.DataDirectory,
            FirstConfiguration = options.Rejoin && options.InitialCluster.Count > 1 ? Configuration.Empty : First,
            RejoinThrough = First,
            PeerListen = host.Contains(':', StringComparison.Ordinal) ? $"[{host}]:{peers.Port}" : $"{host}:{peers.Port}",
            PeerAddress = MemberContext.PeerAddress,
            HeartbeatMilliseconds = options.HeartbeatMilliseconds,
            ElectionMilliseconds = options.ElectionMilliseconds,
            Replica = new ReplicaOptions
            {
                CheckpointEntriesMin = options.SnapshotCount,
                Core = new CoreOptions
                {
                    PreVote = options.PreVote,
                    Quorums = Protocol.Quorums,
                    LeaseReads = Protocol.LeaseMilliseconds > 0,
                    CatchUpEntries = options.CatchUpEntries,
                    // One heartbeat, as etcd leaves of its first election timeout.
                    FirstElectionTicks = options.ElectionTickAdvance ? 10 : 0,
                },
            },
            CommandBytesMax = options.RequestBytesMax + (512 << 10),
        };
    }
}
