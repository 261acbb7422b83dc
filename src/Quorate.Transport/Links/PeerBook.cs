using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>
/// Every peer so far known. Whom no configuration names comes by itself, under any name that it likes: such guests share a
/// bounded space. Owner: the replica loop.
/// </summary>
internal sealed class PeerBook(PeerTransportOptions options, InstanceAdmission instances)
{
    /// <summary>Guests at most: more than any configuration that is not known here yet has members.</summary>
    public const int GuestsMax = 64;

    private readonly Dictionary<NodeId, PeerLink> byId = [];
    private readonly List<PeerLink> links = [];

    /// <summary>All of them; an array that is replaced, so any thread may read it.</summary>
    public PeerCounters[] Counters { get; private set; } = [];

    /// <summary>All of them.</summary>
    public List<PeerLink> Links => links;

    /// <summary>The link to a member that we look for, made when there is none.</summary>
    public PeerLink To(NodeId id) => byId.GetValueOrDefault(id) ?? Add(id);

    /// <summary>The link to a member; null for whom the configuration does not name and who has not come by itself.</summary>
    public PeerLink? Find(NodeId id) => byId.GetValueOrDefault(id) ?? (instances.Names(id) ? Add(id) : null);

    /// <summary>The link to a member that has come; null when it is a guest and there is no room for another.</summary>
    public PeerLink? Receive(NodeId id)
    {
        if (Find(id) is { } known)
            return known;
        return MakeRoom() ? Add(id) : null;
    }

    private PeerLink Add(NodeId id)
    {
        var link = new PeerLink(id, options);
        byId.Add(id, link);
        links.Add(link);
        Counters = [.. links.Select(l => l.Counters)];
        return link;
    }

    /// <summary>Forgets a guest that has gone where that takes it.</summary>
    private bool MakeRoom()
    {
        int guests = 0;
        PeerLink? gone = null;
        foreach (PeerLink link in links)
        {
            if (link.Rejoin.Wanted || instances.Names(link.Id))
                continue;
            guests++;
            if (gone is null && link.IsIdle)
                gone = link;
        }

        if (guests < GuestsMax)
            return true;
        if (gone is null)
            return false;
        byId.Remove(gone.Id);
        links.Remove(gone);
        return true;
    }
}
