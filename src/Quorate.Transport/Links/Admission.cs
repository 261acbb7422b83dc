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

    // Of whom no configuration names, kept apart: they must not take the members' places.
    private readonly Dictionary<(NodeId, InstanceId), (uint Count, ulong Nonce)> startsOfGuests = [];

    /// <summary>Which instances may speak for which member.</summary>
    public InstanceAdmission Instances { get; } = new();

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
            return Say(HelloVerdict.WrongEngine, InWords(other), out reason);
        if (hello.Stream == PeerStream.Rejoin)
            return HelloVerdict.Accepted; // it says itself that it is another instance, and nothing more is heard of it
        if (!Instances.Admits(other.Member, other.Instance, hello.Known))
            return Say(HelloVerdict.ForeignInstance, "the configuration names another instance: its disk was wiped or replaced", out reason);
        return JudgeStart(other, out reason);
    }

    /// <summary>What each runs, the quorum sizes included: <c>it runs multipaxos 4/2, this member multipaxos</c>.</summary>
    public string InWords(PeerIdentity runsAnother) => $"it runs {runsAnother.Engine}, this member {self.Engine}";

    /// <summary>The hello was welcome: lower start counts are not, from now on.</summary>
    public void Remember(PeerIdentity other)
    {
        var book = Instances.InForce.Configuration.Find(other.Member) is null ? startsOfGuests : starts;
        if (book.Count < StartsMax || book.ContainsKey((other.Member, other.Instance)))
            book[(other.Member, other.Instance)] = (other.StartCount, other.Nonce);
    }

    private HelloVerdict JudgeStart(PeerIdentity other, out string reason)
    {
        reason = "";
        bool isKnown = starts.TryGetValue((other.Member, other.Instance), out (uint Count, ulong Nonce) seen);
        if (startsOfGuests.TryGetValue((other.Member, other.Instance), out (uint Count, ulong Nonce) asGuest) && (!isKnown || asGuest.Count > seen.Count))
            (isKnown, seen) = (true, asGuest);
        if (!isKnown)
            return HelloVerdict.Accepted;
        if (other.StartCount < seen.Count)
            return Say(HelloVerdict.StaleStart, $"start {seen.Count} of that instance was seen: it is an old copy", out reason);
        if (other.StartCount == seen.Count && other.Nonce != seen.Nonce)
            return Say(HelloVerdict.CopiedStart, "that start was seen from another process: two copies of one data directory", out reason);
        return HelloVerdict.Accepted;
    }

    private static HelloVerdict Say(HelloVerdict verdict, string words, out string reason)
    {
        reason = words;
        return verdict;
    }
}
