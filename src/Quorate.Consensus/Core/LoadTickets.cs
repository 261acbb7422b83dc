namespace Quorate.Consensus;

/// <summary>Numbers for loads of old entries: an answer is known by its ticket, and a ticket given up is never used again.</summary>
internal sealed class LoadTickets
{
    /// <summary>The last one given out.</summary>
    public ulong Last { get; private set; }

    /// <summary>A new one; never 0.</summary>
    public ulong Next() => ++Last;

    /// <summary>Takes over another core's state.</summary>
    public void Restore(ulong last) => Last = last;
}
