using Quorate.Consensus;

namespace Quorate.Replica;

/// <summary>A local read that has not ended.</summary>
/// <param name="Number">The caller's.</param>
/// <param name="Deadline">When it must end.</param>
internal readonly record struct OpenRead(ulong Number, Tick Deadline);

/// <summary>Reads that share one read index. Reused.</summary>
internal sealed class ReadRound
{
    /// <summary>Grows by one with each round and forwarded request.</summary>
    public ulong Id { get; set; }

    /// <summary>Who was asked; this member itself, too.</summary>
    public NodeId Leader { get; set; }

    /// <summary>In which epoch.</summary>
    public Epoch Epoch { get; set; }

    /// <summary>When.</summary>
    public Tick AskedAt { get; set; }

    /// <summary>Once answered: what must be applied first.</summary>
    public LogIndex Index { get; set; }

    /// <summary>Those who wait, in the order in which they came.</summary>
    public List<OpenRead> Reads { get; private set; } = [];

    /// <summary>Takes <paramref name="other"/>'s readers and gives its own for it.</summary>
    public void Swap(ref List<OpenRead> other) => (Reads, other) = (other, Reads);
}
