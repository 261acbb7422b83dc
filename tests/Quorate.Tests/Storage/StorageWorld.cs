using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Simulation;
using Quorate.Storage;
using Xunit;

namespace Quorate.Tests.Storage;

/// <summary>One data directory on the simulated disk, and what a replica would know of it. Everything comes from one seed.</summary>
internal sealed class StorageWorld : ILogEvents, ICheckpointEvents, IStorageStart, IRandomBits
{
    public static GroupId Group => default;

    private readonly Prng chance;
    private readonly BlockPool pool = new();

    public StorageWorld(ulong seed, StorageOptions? options = null)
    {
        chance = new Prng(seed);
        Image = new DiskImage(seed ^ 0x5555);
        Options = options ?? Small;
    }

    /// <summary>Small enough for a segment to be filled by a few writes.</summary>
    public static StorageOptions Small { get; } = new()
    {
        Identity = new StorageIdentity(77, new NodeId(5), "raft", "m5"), SegmentBytes = 64 << 10, FlushBytesMax = 16 << 10, SparesMax = 2,
    };

    public StorageOptions Options { get; set; }

    public VirtualTime Time { get; } = new();

    public DiskImage Image { get; }

    public SimulatedDisk Disk { get; private set; } = null!;

    public IStorage? Storage { get; private set; }

    public StorageRefusedException? Refusal { get; private set; }

    public string? Failure { get; private set; }

    public bool? HasRoom { get; private set; }

    public WriteNumber Durable { get; private set; }

    public int BatchesBack { get; private set; }

    /// <summary>Entries recovered by this start, in order.</summary>
    public List<(RecoveredRecord Record, byte[] Payload)> Recovered { get; } = [];

    /// <summary>What the log and checkpoints have said since the start, a line each.</summary>
    public List<string> Said { get; } = [];

    public List<(LoadedEntry Entry, byte[] Payload)> Loaded { get; } = [];

    public List<byte[]> Pieces { get; } = [];

    public SnapshotInfo? LastReceived { get; private set; }

    /// <summary>The highest own checkpoint asked for: it may be on disk before anybody is told.</summary>
    public LogIndex LastAsked { get; set; }

    public LogIndex LastPublished { get; private set; }

    public int RecoveredCount { get; private set; }

    ulong IRandomBits.Next() => chance.NextUInt64();

    /// <summary>A process starts: opens the directory and lets everything it asks for happen, the log's records read too.</summary>
    public bool Start()
    {
        StartOnly();
        Time.RunUntilIdle();
        if (Storage is not null && Refusal is null)
        {
            Storage.Recover(Group);
            Time.RunUntilIdle();
        }

        return Storage is not null && Failure is null;
    }

    /// <summary>A process starts; nothing has happened yet.</summary>
    public void StartOnly()
    {
        Storage = null;
        Refusal = null;
        Failure = null;
        Durable = default;
        LastReceived = null;
        RecoveredCount = 0;
        Recovered.Clear();
        Said.Clear();
        Loaded.Clear();
        Pieces.Clear();
        Disk = new SimulatedDisk(Time, Image, chance.NextUInt64());
        StorageStack.Open(Disk, Options, this, this, this, this);
    }

    public void StartMustSucceed() => Assert.True(Start(), Refusal?.Message ?? Failure);

    /// <summary>The process ends without warning.</summary>
    public void Kill() => Disk.Kill();

    public void PowerCut()
    {
        Disk.Kill();
        Image.PowerCut();
    }

    /// <summary>An entry whose bytes follow from where it stands.</summary>
    public Entry EntryOf(ulong index, ulong epoch, int length) => new(
        new LogIndex(index), new Epoch(epoch), EntryKind.Command, Payload.Copy(pool, BytesOf(index, epoch, length)));

    public static byte[] BytesOf(ulong index, ulong epoch, int length)
    {
        var bits = new Prng((index << 32) ^ epoch);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++)
            bytes[i] = (byte)bits.NextUInt64();
        return bytes;
    }

    public static SnapshotInfo InfoOf(ulong index, ulong epoch) => new(
        new LogIndex(index),
        new Epoch(epoch),
        new Configuration([new Member(new NodeId(5), new InstanceId(1), MemberRole.Voter, new byte[] { 1, 2, 3 })], []));

    public static byte[] StateOf(SnapshotInfo info, int length) => BytesOf(info.Index.Value + 1_000_000, (ulong)info.Epoch.Value, length);

    public void Written(LogBatch batch)
    {
        BatchesBack++;
        foreach (Entry entry in batch.Entries)
            entry.Payload.Block?.Release();
        batch.Clear();
    }

    void ILogEvents.Durable(GroupId group, WriteNumber upTo)
    {
        Assert.True(upTo > Durable);
        Durable = upTo;
    }

    void ILogEvents.Loaded(GroupId group, ulong ticket, List<LoadedEntry> entries, byte[] bytes)
    {
        Said.Add($"loaded {ticket}");
        foreach (LoadedEntry entry in entries)
            Loaded.Add((entry, bytes.AsSpan(entry.Offset, entry.Length).ToArray()));
    }

    public void Missing(GroupId group, ulong ticket) => Said.Add($"missing {ticket}");

    public void Room(bool room) => HasRoom = room;

    public void Failed(string cause) => Failure = cause;

    public void Published(GroupId group, SnapshotInfo info, long lengthBytes)
    {
        LastPublished = info.Index;
        Said.Add($"published {info.Index} {lengthBytes}");
    }

    public void GivenUp(GroupId group, SnapshotInfo info, string cause) => Said.Add($"given up {info.Index}: {cause}");

    public void Taken(GroupId group, long totalBytes) => Said.Add($"taken {totalBytes}");

    public void Received(GroupId group, SnapshotInfo info)
    {
        LastReceived = info;
        Said.Add($"received {info.Index}");
    }

    public void ReceiveFailed(GroupId group, SnapshotInfo info, string cause) => Said.Add($"receive failed {info.Index}: {cause}");

    void ICheckpointEvents.Opened(GroupId group, ulong reader, SnapshotInfo info, long lengthBytes) =>
        Said.Add($"opened {reader} {info.Index} {lengthBytes}");

    public void Piece(GroupId group, ulong reader, byte[] bytes) => Pieces.Add(bytes);

    void IStorageStart.Opened(IStorage storage) => Storage = storage;

    public void Restored(GroupId group) => Said.Add("restored");

    public void Record(GroupId group, in RecoveredRecord record, ReadOnlySpan<byte> payload) =>
        Recovered.Add((record, payload.ToArray()));

    void IStorageStart.Recovered(GroupId group) => RecoveredCount++;

    public void Refused(StorageRefusedException why) => Refusal = why;
}

/// <summary>A state of given bytes, read by uneven pieces.</summary>
internal sealed class BytesSource(byte[] bytes) : ISnapshotSource
{
    private int at;

    public bool IsDisposed { get; private set; }

    public int Read(Span<byte> into)
    {
        Assert.False(IsDisposed);
        int count = Math.Min(Math.Min(into.Length, 7001), bytes.Length - at);
        bytes.AsSpan(at, count).CopyTo(into);
        at += count;
        return count;
    }

    public void Dispose() => IsDisposed = true;
}

/// <summary>Gathers a state.</summary>
internal sealed class BytesSink : ISnapshotSink
{
    private readonly MemoryStream bytes = new();

    public byte[] Bytes => bytes.ToArray();

    public void Write(ReadOnlySpan<byte> piece) => bytes.Write(piece);

    public void Complete()
    {
    }

    public void Dispose() => bytes.Dispose();
}
