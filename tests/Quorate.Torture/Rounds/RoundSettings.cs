namespace Quorate.Torture;

/// <summary>What a round is like.</summary>
internal sealed record RoundSettings
{
    /// <summary>What the members run on; null: the default, or what <c>ETCD_CONSENSUS</c> names.</summary>
    public string? Engine { get; init; }

    /// <summary>How long clients ask and things go wrong.</summary>
    public TimeSpan Duration { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Decides who asks what of whom and what goes wrong; when, the machine decides.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Clients; each has one operation open at a time.</summary>
    public int Clients { get; init; } = 32;

    /// <summary>Keys; the fewer, the more they fight.</summary>
    public int Keys { get; init; } = 16;

    /// <summary>Operations a second, of all clients together.</summary>
    public int Rate { get; init; } = 500;

    /// <summary>Of the operations that come due while nothing is wrong, this share must be begun; of 1.</summary>
    public double BegunShareMin { get; init; } = 0.5;

    /// <summary>Where a round that has found something leaves its history and logs.</summary>
    public string Output { get; init; } = Path.GetTempPath();
}
