namespace Quorate.Consensus;

/// <summary>Messages with entries on their way to one peer, oldest first: the window of optimistic pipelining (thesis §10.2.1).</summary>
internal sealed class Inflights(CoreOptions options)
{
    private Flight[] ring = new Flight[16];
    private int head;

    /// <summary>How many.</summary>
    public int Count { get; private set; }

    /// <summary>Their payload bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Nothing more may be sent until an answer comes.</summary>
    public bool Full => Count >= options.InflightMessagesMax || Bytes >= options.InflightBytesMax;

    /// <summary>One of them; for the canonical state.</summary>
    public (LogIndex Last, long Bytes) this[int i]
    {
        get
        {
            Flight flight = ring[(head + i) & (ring.Length - 1)];
            return (flight.Last, flight.Bytes);
        }
    }

    /// <summary>A message whose last entry is <paramref name="last"/> was sent.</summary>
    public void Add(LogIndex last, long bytes)
    {
        if (Count == ring.Length)
            Grow();
        ring[(head + Count++) & (ring.Length - 1)] = new Flight(last, bytes);
        Bytes += bytes;
    }

    /// <summary>Entries up to <paramref name="match"/> have arrived.</summary>
    public void ArrivedUpTo(LogIndex match)
    {
        while (Count > 0 && ring[head].Last <= match)
        {
            Bytes -= ring[head].Bytes;
            head = (head + 1) & (ring.Length - 1);
            Count--;
        }
    }

    /// <summary>Forgets them: what was sent does not count.</summary>
    public void Clear() => (head, Count, Bytes) = (0, 0, 0);

    private void Grow()
    {
        var larger = new Flight[ring.Length * 2];
        for (int i = 0; i < Count; i++)
            larger[i] = ring[(head + i) & (ring.Length - 1)];
        (ring, head) = (larger, 0);
    }

    private readonly record struct Flight(LogIndex Last, long Bytes);
}
