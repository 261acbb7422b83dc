using Quorate.Consensus;
using Quorate.Replica;

namespace Quorate.Hosting;

/// <summary>What a node is started with.</summary>
public sealed record NodeOptions
{
    /// <summary>This member.</summary>
    public required NodeId Self { get; init; }

    /// <summary>The cluster; peers of another are refused.</summary>
    public required ulong ClusterId { get; init; }

    /// <summary>Its data directory: made when it is not there, locked while the node runs.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>
    /// The first configuration, equal on all first members; <see cref="Configuration.Empty"/> for one that joins a running cluster. Read only when
    /// the directory is new.
    /// </summary>
    public required Configuration FirstConfiguration { get; init; }

    /// <summary>Where peers reach this member, <c>host:port</c>.</summary>
    public required string PeerListen { get; init; }

    /// <summary>Where another member is reached, <c>host:port</c>, read out of <see cref="Member.Context"/>; null when it says nothing.</summary>
    public Func<Member, string?> PeerAddress { get; init; } = member =>
        member.Context.IsEmpty ? null : System.Text.Encoding.UTF8.GetString(member.Context.Span);

    /// <summary>Milliseconds between a leader's heartbeats; a tick is a tenth of it. 10 and up.</summary>
    public int HeartbeatMilliseconds { get; init; } = 100;

    /// <summary>Milliseconds without a leader before a follower campaigns, one to two times. At least 5 heartbeats.</summary>
    public int ElectionMilliseconds { get; init; } = 1000;

    /// <summary>How long a caller waits at most, in milliseconds; two election timeouts come on top.</summary>
    public int RequestMilliseconds { get; init; } = 5000;

    /// <summary>
    /// The replica's bounds and the engine's. What is counted in ticks there and follows from milliseconds here is set from here.
    /// </summary>
    public ReplicaOptions Replica { get; init; } = new();

    /// <summary>How many callers may wait at once, over all kinds; past it they are refused at once.</summary>
    public int OpenRequestsMax { get; init; } = 1 << 17;

    /// <summary>Bytes of one command at most.</summary>
    public int CommandBytesMax { get; init; } = 32 << 20;
}
