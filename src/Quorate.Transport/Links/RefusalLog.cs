namespace Quorate.Transport;

/// <summary>Tells the observer of a refusal once, not once a try: again only from another process, or after it had been welcome.</summary>
internal sealed class RefusalLog(IPeerObserver observer)
{
    // Whoever changes its identity with each try gets to see the list start over.
    private const int ToldMax = 1024;

    private readonly HashSet<(PeerIdentity? Other, string Host, HelloVerdict Verdict, bool ByUs)> told = [];

    public void Tell(PeerRefused refusal)
    {
        // Whoever says who it is goes by that; others by their host, without the port, which is another each time.
        string host = refusal.Other is null ? refusal.Remote[..(refusal.Remote.LastIndexOf(':') + 1)] : "";
        if (told.Count >= ToldMax)
            told.Clear();
        if (told.Add((refusal.Other, host, refusal.Verdict, refusal.ByUs)))
            observer.Refused(refusal);
    }

    public void Welcome(PeerIdentity other) => told.RemoveWhere(t => t.Other == other);
}
