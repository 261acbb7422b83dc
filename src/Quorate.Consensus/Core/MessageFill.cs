namespace Quorate.Consensus;

/// <summary>How many entries, from the first on, make one message: within the bounds, but always one.</summary>
internal struct MessageFill(CoreOptions options)
{
    private readonly int entriesMax = options.MessageEntriesMax;
    private readonly int bytesMax = options.MessageBytesMax;

    /// <summary>Entries.</summary>
    public int Count { get; private set; }

    /// <summary>Those of them that have a payload.</summary>
    public int Payloads { get; private set; }

    /// <summary>Payload bytes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Adds an entry, if it still fits in.</summary>
    public bool TryAdd(in Entry entry)
    {
        int length = entry.Payload.Length;
        if (Count == entriesMax || (Count > 0 && Bytes + length > bytesMax))
            return false;
        Count++;
        Payloads += length > 0 ? 1 : 0;
        Bytes += length;
        return true;
    }
}
