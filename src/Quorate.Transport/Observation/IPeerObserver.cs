using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>
/// Hears what operators want to know of the links: once when a state changes, not once a try. Called on the loop's thread: it
/// must not wait. Each notice's <c>ToString</c> is a whole log line.
/// </summary>
public interface IPeerObserver
{
    /// <summary>A stream was refused, by us or by the other side; again only when something about it has changed.</summary>
    void Refused(PeerRefused notice);

    /// <summary>A stream is open.</summary>
    void Linked(PeerLinked notice);

    /// <summary>An open stream ended.</summary>
    void Unlinked(PeerUnlinked notice);

    /// <summary>A member cannot be reached; the first failed dial since it last could.</summary>
    void Unreachable(PeerUnreachable notice);

    /// <summary>Peers come and cannot be taken: no descriptors or memory left. Once until it works again.</summary>
    void NotAccepted(string cause);

    /// <summary>
    /// Every other member that was to take this one back knows of no cluster that has begun: to ask on is in vain. Told again with each answer.
    /// </summary>
    void NothingToRejoin();
}

/// <summary>A stream that was refused.</summary>
/// <param name="Self">This side.</param>
/// <param name="Expected">Whom we dialed; none where the other side dialed.</param>
/// <param name="Other">The other side; null when it did not say who it is.</param>
/// <param name="Remote">Its address.</param>
/// <param name="ByUs">Whether we refused; else they did.</param>
/// <param name="Verdict">Why.</param>
/// <param name="Reason">Why, in words.</param>
public sealed record PeerRefused(
    PeerIdentity Self, NodeId Expected, PeerIdentity? Other, string Remote, bool ByUs, HelloVerdict Verdict, string Reason)
{
    /// <inheritdoc/>
    public override string ToString()
    {
        string other = Other?.ToString() ?? (Expected.IsNone ? "a stranger" : $"what answers for member {Expected}");
        return ByUs
            ? $"peer refused: {other} at {Remote}: {Reason}; this is {Self}"
            : $"peer refused us: {other} at {Remote}: {Reason}; this is {Self}";
    }
}

/// <summary>A stream that opened.</summary>
/// <param name="Peer">The other side.</param>
/// <param name="Stream">What it carries.</param>
/// <param name="Remote">Its address.</param>
/// <param name="Dialed">Whether we dialed.</param>
public sealed record PeerLinked(PeerIdentity Peer, PeerStream Stream, string Remote, bool Dialed)
{
    /// <inheritdoc/>
    public override string ToString() => $"peer linked: {Peer} {(Dialed ? "at" : "from")} {Remote} ({Stream})";
}

/// <summary>A stream that ended.</summary>
/// <param name="Peer">The other side.</param>
/// <param name="Stream">What it carried.</param>
/// <param name="Remote">Its address.</param>
/// <param name="Cause">Why.</param>
public sealed record PeerUnlinked(PeerIdentity Peer, PeerStream Stream, string Remote, string Cause)
{
    /// <inheritdoc/>
    public override string ToString() => $"peer lost: {Peer} at {Remote} ({Stream}): {Cause}";
}

/// <summary>A member that cannot be reached.</summary>
/// <param name="Peer">Who.</param>
/// <param name="Remote">Where it was tried.</param>
/// <param name="Cause">What came back.</param>
public sealed record PeerUnreachable(NodeId Peer, string Remote, string Cause)
{
    /// <inheritdoc/>
    public override string ToString() => $"peer unreachable: member {Peer} at {Remote}: {Cause}; trying on";
}
