namespace Quorate.Raft;

/// <summary>Numbers for loads of old entries: an answer is known by its ticket, and a ticket given up is never used again.</summary>
internal sealed class LoadTickets
{
    private ulong last;

    /// <summary>A new one; never 0.</summary>
    public ulong Next() => ++last;
}
