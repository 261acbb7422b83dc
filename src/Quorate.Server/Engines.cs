using Quorate.Consensus;
using Quorate.Hosting;
using Quorate.Paxos.MultiPaxos;
using Quorate.Raft;
using Quorate.Server.Flags;

namespace Quorate.Server;

/// <summary>The protocols to choose from.</summary>
internal static class Engines
{
    /// <summary>Where nothing is said.</summary>
    public const string ByDefault = "raft";

    /// <summary>Their names, as <c>--consensus</c> takes them.</summary>
    public static readonly IReadOnlyList<string> Names = ["raft", "multipaxos"];

    /// <summary>What a member runs: as its flags say, else as its data directory does.</summary>
    /// <exception cref="ConfigurationException">There is no such protocol, or its quorums make no sense.</exception>
    /// <param name="options">The flags.</param>
    /// <param name="firstVoters">Voters of the first configuration; null when the directory has one already.</param>
    public static ChosenProtocol Choose(ServerOptions options, int? firstVoters)
    {
        ChosenProtocol? found = ChosenProtocol.RecordedIn(options.DataDirectory);
        if (found is null && options.Rejoin && options.Consensus is null)
        {
            throw ConfigurationException.Refused(
                $"--rejoin: {options.DataDirectory} does not say what this member ran: give --consensus ({string.Join(" or ", Names)}), "
                + "and the quorum sizes, and --lease-reads with its --election-timeout, where they were chosen");
        }

        ChosenProtocol recorded = found ?? new ChosenProtocol(ByDefault, QuorumSizes.Majority);
        if (found is not null && options.Quorums is { } sizes && sizes != found.Quorums && (options.Consensus ?? found.Engine) == found.Engine)
        {
            throw ConfigurationException.Refused(
                $"--phase1-quorum, --phase2-quorum: {options.DataDirectory} was started with {found.Quorums}, for all of its cluster's life");
        }

        // What is said is compared with what is recorded when the directory is opened.
        var chosen = new ChosenProtocol(
            options.Consensus ?? recorded.Engine,
            options.Quorums ?? (options.Consensus is null || options.Consensus == recorded.Engine ? recorded.Quorums : QuorumSizes.Majority),
            options.LeaseReads ?? recorded.LeaseMilliseconds > 0 ? options.ElectionMilliseconds : 0);
        if (!Names.Contains(chosen.Engine))
            throw ConfigurationException.Refused($"{options.DataDirectory} was written by consensus engine {chosen.Engine}, which this release does not have");
        if (found is not null && found.LeaseMilliseconds != chosen.LeaseMilliseconds)
            throw ConfigurationException.Refused(LeasesDiffer(options.DataDirectory, found.LeaseMilliseconds, chosen.LeaseMilliseconds));
        IConsensusEngine engine = Of(chosen.Engine);
        if (!engine.ChoosesQuorums && !chosen.Quorums.IsMajority)
            throw ConfigurationException.Refused($"--phase1-quorum and --phase2-quorum: {engine.Name} knows majorities alone (--consensus multipaxos)");
        int votersMax = engine.VotersMax;
        if (firstVoters > votersMax)
            throw ConfigurationException.Refused($"--initial-cluster: {firstVoters} members, and consensus engine {chosen.Engine} can count {votersMax} voters");
        try
        {
            if (firstVoters is { } voters)
                chosen.Quorums.ExpectFor(voters);
        }
        catch (QuorumSizesException wrong)
        {
            throw ConfigurationException.Refused($"--phase1-quorum, --phase2-quorum: {wrong.Message}");
        }

        return chosen;
    }

    private static string LeasesDiffer(string directory, int recorded, int chosen) => (recorded, chosen) switch
    {
        (0, _) => $"--lease-reads: {directory} was started without, for all of its cluster's life",
        (_, 0) => $"--lease-reads=false: {directory} was started with leases, for all of its cluster's life",
        _ => $"--election-timeout={chosen}: {directory} was started with leases, which rest on {recorded} ms at every member",
    };

    /// <summary>The engine of that name.</summary>
    public static IConsensusEngine Of(string name) => name switch
    {
        "raft" => new RaftEngine(),
        "multipaxos" => new MultiPaxosEngine(),
        _ => throw new InvariantBrokenException($"no engine {name}"),
    };
}
