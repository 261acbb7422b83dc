using System.Buffers.Binary;
using Quorate.Consensus;

namespace Quorate.Simulation.Exploration;

/// <summary>An entry without its place.</summary>
/// <param name="Epoch">Under which it was written.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Bytes">Its payload.</param>
/// <param name="Value">The number of kind and payload: entries of one value under different epochs share it.</param>
internal sealed record WorldEntry(Epoch Epoch, EntryKind Kind, byte[] Bytes, int Value);

/// <summary>Entries by number: equal ones, whoever holds them, have the same. Logs are lists of such numbers, from index 1 on.</summary>
internal sealed class WorldEntries
{
    /// <summary>Stands where a log holds nothing.</summary>
    public const int None = -1;

    private const int EpochBytes = 16;

    private readonly Interner numbers = new();
    private readonly Interner values = new();
    private readonly List<WorldEntry> entries = [];

    /// <summary>The entry of that number.</summary>
    public WorldEntry this[int number] => entries[number];

    /// <summary>The number of an entry.</summary>
    public int Add(in Entry entry)
    {
        var bytes = new byte[EpochBytes + 1 + entry.Payload.Length];
        BinaryPrimitives.WriteUInt128LittleEndian(bytes, entry.Epoch.Value);
        bytes[EpochBytes] = (byte)entry.Kind;
        entry.Payload.Span.CopyTo(bytes.AsSpan(EpochBytes + 1));
        if (numbers.Add(bytes, out int number))
        {
            values.Add(bytes.AsSpan(EpochBytes), out int value);
            entries.Add(new WorldEntry(entry.Epoch, entry.Kind, bytes[(EpochBytes + 1)..], value));
        }

        return number;
    }
}

/// <summary>A message by number.</summary>
/// <param name="From">Who sent it.</param>
/// <param name="To">To whom.</param>
/// <param name="Bytes">The frame.</param>
/// <param name="Text">In words.</param>
/// <param name="Round">The term, or the round of the ballot, that it speaks of; 0 if it names none.</param>
internal sealed record WorldMessage(NodeId From, NodeId To, byte[] Bytes, string Text, ulong Round)
{
    /// <summary>The first of its words.</summary>
    public string Kind => Text.Split(' ')[0];

    /// <summary>
    /// Whether a member that has left its term or round behind for good, on disk, ignores it for ever: answers of old elections, and what old
    /// leaders were told or told others.
    /// </summary>
    public bool Expires { get; } = Text.Split(' ')[0] is "VoteReply" or "AppendReply" or "HeartbeatReply" or "CommitNotice"
        or "Promise" or "Refused" or "Accepted";
}

/// <summary>Messages by number: equal ones have the same.</summary>
internal sealed class WorldMessages(IConsensusEngine engine)
{
    private readonly Interner numbers = new();
    private readonly List<WorldMessage> messages = [];

    /// <summary>How many different ones there are.</summary>
    public int Count => messages.Count;

    /// <summary>The message of that number.</summary>
    public WorldMessage this[int number] => messages[number];

    /// <summary>The number of a message.</summary>
    public int Add(NodeId from, NodeId to, ReadOnlySpan<byte> header, ReadOnlySpan<Payload> payloads)
    {
        var key = new List<byte> { (byte)from.Value, (byte)to.Value };
        key.AddRange(header);
        foreach (ref readonly Payload payload in payloads)
            key.AddRange(payload.Span);
        byte[] bytes = [.. key];
        if (numbers.Add(bytes, out int number))
        {
            string text = engine.Describe(header);
            messages.Add(new WorldMessage(from, to, bytes[2..], text, RoundOf(text)));
        }

        return number;
    }

    // A refusal names two ballots: what it says is over once the higher one is.
    private static ulong RoundOf(string text)
    {
        ulong round = 0;
        foreach (string word in text.Split(' '))
        {
            if (word.StartsWith("term=", StringComparison.Ordinal))
                round = ulong.Parse(word["term=".Length..]);
            else if (word.StartsWith("ballot=", StringComparison.Ordinal) || word.StartsWith("promised=", StringComparison.Ordinal))
                round = Math.Max(round, ulong.Parse(word[(word.IndexOf('=') + 1)..word.IndexOf('.')]));
        }

        return round;
    }
}

/// <summary>
/// What has been committed, by number: the entries from index 1 on, each with the term of the leader that first committed it (Multi-Paxos: the numbers of their values, and no term). A tree,
/// whose nodes hold one entry more than the node above.
/// </summary>
internal sealed class CommittedLogs
{
    private readonly NumberMap children = new();
    private readonly List<(int[] Entries, ulong[] Terms)> logs = [([], [])];

    /// <summary>Entries of the log of that number.</summary>
    public int[] Entries(int number) => logs[number].Entries;

    /// <summary>For each entry, in which leader's term it was committed.</summary>
    public ulong[] Terms(int number) => logs[number].Terms;

    /// <summary>The log with one entry more.</summary>
    public int Extend(int number, int entry, ulong term)
    {
        Invariant.Check(term < 16 && entry < 1 << 24);
        ulong key = ((ulong)number << 32) | ((ulong)entry << 8) | (term << 4) | 1;
        if (children.TryGet(key, out int child))
            return child;
        child = logs.Count;
        logs.Add(([.. logs[number].Entries, entry], [.. logs[number].Terms, term]));
        children.Add(key, child);
        return child;
    }
}
