using System.Net;

namespace Quorate.Cli.Bench;

/// <summary>What the clients do.</summary>
internal enum BenchOperation
{
    /// <summary>Put one key.</summary>
    Put,

    /// <summary>Get one key.</summary>
    Range,

    /// <summary>Put every key of the key space once, and measure nothing.</summary>
    Load,
}

/// <summary>An endpoint of the cluster under load.</summary>
/// <param name="Name">As it was given, without the scheme: <c>host:port</c>.</param>
/// <param name="Address">Where that is.</param>
internal sealed record BenchEndpoint(string Name, EndPoint Address);

/// <summary>One run of the benchmark.</summary>
internal sealed record BenchSettings
{
    public required BenchOperation Operation { get; init; }

    public required IReadOnlyList<BenchEndpoint> Endpoints { get; init; }

    /// <summary>Calls that are open at a time.</summary>
    public int Clients { get; init; } = 1000;

    /// <summary>Connections that they share, dealt over the endpoints in turn.</summary>
    public int Connections { get; init; } = 100;

    public int KeyBytes { get; init; } = 32;

    public int ValueBytes { get; init; } = 256;

    /// <summary>Keys that there are; each operation picks one, each as likely as the others.</summary>
    public int KeySpace { get; init; } = 10_000;

    /// <summary>Ranges: from the member's own state, without asking the leader.</summary>
    public bool Serializable { get; init; }

    public TimeSpan WarmUp { get; init; } = TimeSpan.FromSeconds(3);

    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Operations a second over all clients; 0 = each client goes on as soon as it is answered.</summary>
    public double Rate { get; init; }

    public ulong Seed { get; init; } = 1;

    /// <summary>Ranges: put every key first.</summary>
    public bool Preload { get; init; } = true;

    /// <summary>A call without an answer for so long has failed.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    public string Describe() => Operation switch
    {
        BenchOperation.Put => "put",
        BenchOperation.Load => "load",
        BenchOperation.Range => Serializable ? "range, serializable" : "range, linearizable",
    };
}
