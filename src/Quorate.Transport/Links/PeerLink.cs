using System.Net;
using Quorate.Consensus;

namespace Quorate.Transport;

/// <summary>All that links this member with one other. Owner: the replica loop.</summary>
internal sealed class PeerLink
{
    public PeerLink(NodeId id, PeerTransportOptions options)
    {
        Id = id;
        Counters = new PeerCounters(id);
        Messages = new StreamLink(this, PeerStream.Messages, options);
        Snapshots = new StreamLink(this, PeerStream.Snapshots, options);
        Rejoin = new StreamLink(this, PeerStream.Rejoin, options);
    }

    public NodeId Id { get; }

    public PeerCounters Counters { get; }

    public StreamLink Messages { get; }

    public StreamLink Snapshots { get; }

    /// <summary>Asks to be taken back; wanted only while no configuration is known.</summary>
    public StreamLink Rejoin { get; }

    /// <summary>Where it is reached; empty for whom no configuration names: it can only come to us.</summary>
    public IReadOnlyList<EndPoint> Addresses { get; private set; } = [];

    /// <summary>Whether the observer has heard that it cannot be reached.</summary>
    public bool ToldUnreachable { get; set; }

    /// <summary>Whether nothing is open or under way with it.</summary>
    public bool IsIdle => Messages.IsIdle && Snapshots.IsIdle && Rejoin.IsIdle;

    public StreamLink For(PeerStream stream) => stream switch
    {
        PeerStream.Messages => Messages,
        PeerStream.Snapshots => Snapshots,
        PeerStream.Rejoin => Rejoin,
    };

    /// <summary>Where it is reached from now on; streams dialed elsewhere end.</summary>
    public void Reach(IReadOnlyList<EndPoint> addresses, long now, string causeOfClosing)
    {
        if (addresses.SequenceEqual(Addresses))
            return;
        Addresses = addresses;
        Messages.Dialed?.Close(causeOfClosing);
        Snapshots.Dialed?.Close(causeOfClosing);
        Messages.DialNow(now);
        Snapshots.DialNow(now);
        Rejoin.DialNow(now);
    }
}

/// <summary>One stream to one member: at most one connection that we dialed and one that it dialed; the best of them sends.</summary>
internal sealed class StreamLink(PeerLink peer, PeerStream stream, PeerTransportOptions options)
{
    private int nextAddress;
    private long backOff;

    public PeerLink Peer => peer;

    public PeerStream Stream => stream;

    public Connection? Dialed { get; set; }

    public Connection? Accepted { get; set; }

    /// <summary>A name is being resolved for the next dial.</summary>
    public bool Resolving { get; set; }

    /// <summary>When to dial next.</summary>
    public long DialAt { get; private set; }

    /// <summary>Whether it should be up: messages always, snapshots once there is one to send.</summary>
    public bool Wanted { get; set; } = stream == PeerStream.Messages;

    /// <summary>A snapshot frame was not taken: the loop waits to hear of room.</summary>
    public bool RoomOwed { get; set; }

    /// <summary>Snapshot frames were taken: the loop must hear when the stream breaks.</summary>
    public Connection? CarriesSnapshot { get; set; }

    /// <summary>
    /// What sends now: what we dialed, else what the other side dialed, so that one working direction is enough. A dialed one that
    /// misses its pongs while the other is heard is half-open: it is not waited for.
    /// </summary>
    public Connection? Best
    {
        get
        {
            Connection? dialed = Dialed is { IsOpen: true } ? Dialed : null;
            Connection? accepted = Accepted is { IsOpen: true } ? Accepted : null;
            if (dialed is null || accepted is null)
                return dialed ?? accepted;
            return accepted.LastHeard - dialed.LastHeard > 2 * options.PingInterval ? accepted : dialed;
        }
    }

    /// <summary>Whether no connection is there or on its way.</summary>
    public bool IsIdle => Dialed is null && Accepted is null && !Resolving && CarriesSnapshot is null;

    /// <summary>Whether a dial is due, now or at <see cref="DialAt"/>.</summary>
    public bool WantsDial => Wanted && Dialed is null && !Resolving && peer.Addresses.Count > 0;

    /// <summary>The next of the member's addresses, in turn.</summary>
    public EndPoint NextAddress() => peer.Addresses[nextAddress++ % peer.Addresses.Count];

    /// <summary>The other side lives: no reason to wait.</summary>
    public void DialNow(long now)
    {
        DialAt = now;
        backOff = 0;
    }

    /// <summary>A dial failed, or a stream ended: the next try comes after a wait that doubles, give or take a quarter.</summary>
    public void DialLater(long now, bool refused, Prng prng)
    {
        backOff = refused ? options.BackOffMax : Math.Clamp(backOff * 2, options.BackOffFirst, options.BackOffMax);
        DialAt = now + prng.Between(backOff * 3 / 4, backOff * 5 / 4);
    }
}
