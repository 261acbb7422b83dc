using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>
/// Who may speak to us. A wiped member, a restored copy of a data directory and a stranger are told apart by what they say
/// in their hello. Owner: the replica loop.
/// </summary>
internal sealed class Admission(PeerIdentity self)
{
    // Instances live long and are few; a member that makes more than this is at fault, and only the check of its old copies is lost.
    private const int StartsMax = 4096;

    private readonly Dictionary<(NodeId, InstanceId), (uint Count, ulong Nonce)> starts = [];

    // Judged by what is decided: a truncation may take the configuration in force back, but never this one.
    private ConfigurationInForce committed = new(LogIndex.Zero, Configuration.Empty, Committed: true);

    /// <summary>The configuration in force.</summary>
    public ConfigurationInForce InForce { get; private set; } = new(LogIndex.Zero, Configuration.Empty, Committed: true);

    /// <summary>Another configuration is in force, or it is known to be committed.</summary>
    public void Know(in ConfigurationInForce inForce)
    {
        InForce = inForce;
        if (inForce.Committed && inForce.Index >= committed.Index)
            committed = inForce;
    }

    /// <summary>Judges a hello.</summary>
    /// <param name="hello">It.</param>
    /// <param name="dialed">Whom we dialed; <see cref="NodeId.None"/> when it came to us.</param>
    /// <param name="reason">The verdict in words.</param>
    public HelloVerdict Judge(Hello hello, NodeId dialed, out string reason)
    {
        PeerIdentity other = hello.From;
        reason = "";
        if (other.Cluster != self.Cluster)
            return Say(HelloVerdict.WrongCluster, "it belongs to another cluster", out reason);
        if (hello.To != self.Member)
            return Say(HelloVerdict.WrongMember, $"it looks for member {hello.To}", out reason);
        if (!dialed.IsNone && other.Member != dialed)
            return Say(HelloVerdict.WrongMember, $"member {dialed} was expected at that address", out reason);
        if (other.Member == self.Member)
            return Say(HelloVerdict.WrongMember, "it takes itself for this member", out reason);
        if (other.Engine != self.Engine)
            return Say(HelloVerdict.WrongEngine, "it runs another consensus engine", out reason);
        if (!Admits(other.Member, other.Instance, hello.Known))
            return Say(HelloVerdict.ForeignInstance, "the configuration names another instance: its disk was wiped or replaced", out reason);
        return JudgeStart(other, out reason);
    }

    /// <summary>Whether that instance may speak for that member.</summary>
    /// <param name="member">The member.</param>
    /// <param name="instance">Its instance.</param>
    /// <param name="known">The entry of the configuration that it has in force, committed or not.</param>
    /// <remarks>
    /// A member that our configuration does not name may: it can be newer than our log, and a leader we have yet to hear of
    /// (Raft §6). So may an instance that took the place of one that we know, when it knows a newer configuration than the last that we
    /// know to be committed. Quorums count only whom a configuration names, so that no safety rests on this.
    /// </remarks>
    public bool Admits(NodeId member, InstanceId instance, LogIndex known) =>
        known > committed.Index
        || !IsForeign(committed.Configuration, member, instance)
        || !IsForeign(InForce.Configuration, member, instance);

    /// <summary>The hello was welcome: lower start counts are not, from now on.</summary>
    public void Remember(PeerIdentity other)
    {
        if (starts.Count < StartsMax || starts.ContainsKey((other.Member, other.Instance)))
            starts[(other.Member, other.Instance)] = (other.StartCount, other.Nonce);
    }

    private HelloVerdict JudgeStart(PeerIdentity other, out string reason)
    {
        reason = "";
        if (!starts.TryGetValue((other.Member, other.Instance), out (uint Count, ulong Nonce) seen))
            return HelloVerdict.Accepted;
        if (other.StartCount < seen.Count)
            return Say(HelloVerdict.StaleStart, $"start {seen.Count} of that instance was seen: it is an old copy", out reason);
        if (other.StartCount == seen.Count && other.Nonce != seen.Nonce)
            return Say(HelloVerdict.CopiedStart, "that start was seen from another process: two copies of one data directory", out reason);
        return HelloVerdict.Accepted;
    }

    private static bool IsForeign(Configuration configuration, NodeId member, InstanceId instance) =>
        configuration.Find(member) is not null && !configuration.Contains(member, instance);

    private static HelloVerdict Say(HelloVerdict verdict, string words, out string reason)
    {
        reason = words;
        return verdict;
    }
}
