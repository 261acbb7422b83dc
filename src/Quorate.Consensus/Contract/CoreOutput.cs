using System.Runtime.InteropServices;

namespace Quorate.Consensus;

/// <summary>A message to send. Its bytes are a header, encoded by the core, and then the payloads, one after the other.</summary>
/// <param name="To">Whom.</param>
/// <param name="After">Only once this write is durable; <see cref="WriteNumber.None"/> = now.</param>
/// <param name="HeaderStart">Where its header begins in <see cref="CoreOutput.Headers"/>.</param>
/// <param name="HeaderLength">Bytes of its header.</param>
/// <param name="PayloadStart">Its first payload in <see cref="CoreOutput.Payloads"/>.</param>
/// <param name="PayloadCount">How many payloads follow the header.</param>
public readonly record struct OutboundMessage(
    NodeId To, WriteNumber After, int HeaderStart, int HeaderLength, int PayloadStart, int PayloadCount);

/// <summary>What a log write does.</summary>
public enum LogWriteKind : byte
{
    /// <summary>Appends entries: <see cref="LogWrite.EntryStart"/>, <see cref="LogWrite.EntryCount"/>.</summary>
    Append,

    /// <summary>Makes every entry after <see cref="LogWrite.Index"/> void.</summary>
    TruncateAfter,

    /// <summary>Replaces the hard state: <see cref="LogWrite.HardState"/>.</summary>
    HardState,

    /// <summary>Puts the received snapshot <see cref="LogWrite.Snapshot"/> in the place of the checkpoint.</summary>
    Install,
}

/// <summary>One numbered write. Numbers grow by one; the log makes them durable in this order.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Kind">What it does; only that kind's fields are set.</param>
/// <param name="EntryStart">Append: its first entry in <see cref="CoreOutput.WriteEntries"/>.</param>
/// <param name="EntryCount">Append: how many.</param>
/// <param name="Index">TruncateAfter: the last entry that stays.</param>
/// <param name="HardState">HardState: the new one.</param>
/// <param name="Snapshot">Install: which.</param>
public readonly record struct LogWrite(
    WriteNumber Number,
    LogWriteKind Kind,
    int EntryStart = 0,
    int EntryCount = 0,
    LogIndex Index = default,
    HardState HardState = default,
    SnapshotInfo? Snapshot = null);

/// <summary>How a read request ended.</summary>
/// <param name="RequestId">From the request.</param>
/// <param name="Index">It may be served once the state machine has applied this entry.</param>
/// <param name="Refusal">Why it may not; <see cref="Refusal.None"/> when it may.</param>
public readonly record struct ReadOutcome(ulong RequestId, LogIndex Index, Refusal Refusal);

/// <summary>Old entries that the core needs and no longer has in memory.</summary>
/// <param name="Ticket">Comes back with them.</param>
/// <param name="From">The first.</param>
/// <param name="To">The last; fewer may be brought, from the first on.</param>
/// <param name="BytesMax">Payload bytes at most, but always one entry.</param>
public readonly record struct LoadRequest(ulong Ticket, LogIndex From, LogIndex To, long BytesMax);

/// <summary>A member needs a snapshot: the latest checkpoint.</summary>
/// <param name="To">Who. Answered by <see cref="IConsensusCore.SnapshotSent"/>.</param>
/// <param name="AtLeast">It is of no use below this entry: the log before it is gone.</param>
public readonly record struct SnapshotRequest(NodeId To, LogIndex AtLeast);

/// <summary>The configuration in force from an entry on; again with the older one when a truncation takes it back.</summary>
/// <param name="Index">The entry that carries it.</param>
/// <param name="Configuration">It.</param>
/// <param name="Committed">Whether that entry is decided.</param>
public readonly record struct ConfigurationInForce(LogIndex Index, Configuration Configuration, bool Committed);

/// <summary>
/// What a core wants done, gathered over one or more inputs. Owner: the replica loop, which carries everything out in the order
/// writes, messages, the rest, and then calls <see cref="Clear"/> before the next input. Lists are reused: nothing is allocated
/// for an input. Payloads named here stay valid until <see cref="Clear"/>; who needs them longer retains them.
/// </summary>
public sealed class CoreOutput
{
    private byte[] headers = new byte[4096];
    private int headerLength;

    /// <summary>Messages, in the order in which they must leave for each peer.</summary>
    public List<OutboundMessage> Messages { get; } = [];

    /// <summary>Payloads of <see cref="Messages"/>.</summary>
    public List<Payload> Payloads { get; } = [];

    /// <summary>Numbered writes, in order.</summary>
    public List<LogWrite> Writes { get; } = [];

    /// <summary>Entries of the appends among <see cref="Writes"/>.</summary>
    public List<Entry> WriteEntries { get; } = [];

    /// <summary>Entries decided since, in order and without a gap: apply them.</summary>
    public List<Entry> Decided { get; } = [];

    /// <summary>Reads that ended.</summary>
    public List<ReadOutcome> Reads { get; } = [];

    /// <summary>Configuration changes that ended.</summary>
    public List<ChangeOutcome> Changes { get; } = [];

    /// <summary>Old entries wanted.</summary>
    public List<LoadRequest> Loads { get; } = [];

    /// <summary>Members that need a snapshot.</summary>
    public List<SnapshotRequest> Snapshots { get; } = [];

    /// <summary>Configurations that came into force or went back, in order.</summary>
    public List<ConfigurationInForce> Configurations { get; } = [];

    /// <summary>When not null: entries up to here are of no more use to the core and may be dropped from the log.</summary>
    public LogIndex? DropUpTo { get; set; }

    /// <summary>The headers of <see cref="Messages"/>, one after the other.</summary>
    public ReadOnlySpan<byte> Headers => headers.AsSpan(0, headerLength);

    /// <summary>Whether nothing is wanted.</summary>
    public bool IsEmpty =>
        Messages.Count + Writes.Count + Decided.Count + Reads.Count + Changes.Count + Loads.Count + Snapshots.Count
        + Configurations.Count == 0 && DropUpTo is null;

    /// <summary>The header of <paramref name="message"/>.</summary>
    public ReadOnlySpan<byte> HeaderOf(in OutboundMessage message) =>
        headers.AsSpan(message.HeaderStart, message.HeaderLength);

    /// <summary>The payloads of <paramref name="message"/>.</summary>
    public ReadOnlySpan<Payload> PayloadsOf(in OutboundMessage message) =>
        CollectionsMarshal.AsSpan(Payloads).Slice(message.PayloadStart, message.PayloadCount);

    /// <summary>The entries of an append.</summary>
    public ReadOnlySpan<Entry> EntriesOf(in LogWrite write) =>
        CollectionsMarshal.AsSpan(WriteEntries).Slice(write.EntryStart, write.EntryCount);

    /// <summary>Adds a message; the core writes its header at once, and adds its payloads to <see cref="Payloads"/> next.</summary>
    /// <param name="to">Whom.</param>
    /// <param name="after">Only once this write is durable; <see cref="WriteNumber.None"/> = now.</param>
    /// <param name="headerBytes">Bytes of its header.</param>
    /// <param name="payloads">How many payloads follow the header.</param>
    /// <returns>Room for exactly the header.</returns>
    public Span<byte> AddMessage(NodeId to, WriteNumber after, int headerBytes, int payloads = 0)
    {
        int start = headerLength;
        if (headerLength + headerBytes > headers.Length)
            Array.Resize(ref headers, Math.Max(headers.Length * 2, headerLength + headerBytes));
        headerLength += headerBytes;
        Messages.Add(new OutboundMessage(to, after, start, headerBytes, Payloads.Count, payloads));
        return headers.AsSpan(start, headerBytes);
    }

    /// <summary>Forgets everything; the lists keep their room.</summary>
    public void Clear()
    {
        headerLength = 0;
        Messages.Clear();
        Payloads.Clear();
        Writes.Clear();
        WriteEntries.Clear();
        Decided.Clear();
        Reads.Clear();
        Changes.Clear();
        Loads.Clear();
        Snapshots.Clear();
        Configurations.Clear();
        DropUpTo = null;
    }
}
