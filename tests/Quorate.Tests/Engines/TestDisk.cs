using Quorate.Consensus;
using Xunit;

namespace Quorate.Tests.Engines;

/// <summary>An entry as a disk keeps it.</summary>
internal sealed record StoredEntry(LogIndex Index, Epoch Epoch, EntryKind Kind, byte[] Bytes);

/// <summary>The state that some prefix of the writes leaves on a disk.</summary>
/// <param name="isPrefix">Raft's log: an entry voids what follows it. Paxos: slots stand on their own.</param>
internal sealed class DiskImage(bool isPrefix)
{
    public HardState HardState { get; set; }

    public SnapshotInfo Checkpoint { get; set; } = SnapshotInfo.Initial(Configuration.Empty);

    public SortedDictionary<ulong, StoredEntry> Entries { get; } = [];

    public bool Holds(LogIndex index, Epoch epoch) =>
        Checkpoint.Index >= index || (Entries.TryGetValue(index.Value, out StoredEntry? entry) && entry.Epoch == epoch);

    public void Apply(StoredWrite write)
    {
        switch (write.Kind)
        {
            case LogWriteKind.Append:
                foreach (StoredEntry entry in write.Entries)
                {
                    if (isPrefix)
                        RemoveFrom(entry.Index.Value);
                    Entries[entry.Index.Value] = entry;
                }

                break;
            case LogWriteKind.TruncateAfter:
                RemoveFrom(write.Index.Value + 1);
                break;
            case LogWriteKind.HardState:
                HardState = write.HardState;
                break;
            case LogWriteKind.Install:
                Checkpoint = write.Snapshot!;
                if (!isPrefix)
                    RemoveUpTo(Checkpoint.Index.Value);
                else if (!(Entries.TryGetValue(Checkpoint.Index.Value, out StoredEntry? held) && held.Epoch == Checkpoint.Epoch))
                    RemoveFrom(Checkpoint.Index.Value + 1);
                break;
        }
    }

    public bool Holds(LogIndex index, byte[] bytes) =>
        Checkpoint.Index >= index || (Entries.TryGetValue(index.Value, out StoredEntry? entry) && entry.Bytes.AsSpan().SequenceEqual(bytes));

    private void RemoveUpTo(ulong index)
    {
        foreach (ulong key in Entries.Keys.Where(key => key <= index).ToList())
            Entries.Remove(key);
    }

    private void RemoveFrom(ulong index)
    {
        foreach (ulong key in Entries.Keys.Where(key => key >= index).ToList())
            Entries.Remove(key);
    }
}

/// <summary>A numbered write, its bytes copied.</summary>
internal sealed record StoredWrite(
    WriteNumber Number, LogWriteKind Kind, StoredEntry[] Entries, LogIndex Index, HardState HardState, SnapshotInfo? Snapshot);

/// <summary>A disk that makes writes durable in order, when it is told to, and may lose those that are not.</summary>
internal sealed class TestDisk(bool isPrefix)
{
    private readonly List<StoredWrite> pending = [];

    /// <summary>What a power cut leaves at least.</summary>
    public DiskImage Durable { get; } = new(isPrefix);

    /// <summary>What a reader of the running process sees.</summary>
    public DiskImage Written { get; private set; } = new(isPrefix);

    public WriteNumber DurableNumber { get; private set; }

    public int PendingCount => pending.Count;

    public void Write(CoreOutput output, in LogWrite write)
    {
        var entries = new List<StoredEntry>();
        if (write.Kind == LogWriteKind.Append)
        {
            foreach (Entry entry in output.EntriesOf(write))
                entries.Add(new StoredEntry(entry.Index, entry.Epoch, entry.Kind, entry.Payload.Span.ToArray()));
        }

        Assert.Equal(pending.Count == 0 ? DurableNumber.Next : pending[^1].Number.Next, write.Number);
        pending.Add(new StoredWrite(write.Number, write.Kind, [.. entries], write.Index, write.HardState, write.Snapshot));
        Written.Apply(pending[^1]);
    }

    /// <summary>The oldest <paramref name="count"/> writes become durable.</summary>
    public WriteNumber Sync(int count)
    {
        for (int i = 0; i < count; i++)
        {
            Durable.Apply(pending[i]);
            DurableNumber = pending[i].Number;
        }

        pending.RemoveRange(0, count);
        return DurableNumber;
    }

    /// <summary>A core rebuilt from its state counts its writes anew.</summary>
    public void CountAnew() => DurableNumber = WriteNumber.None;

    /// <summary>A checkpoint is published; what is durable up to it may go.</summary>
    public void Publish(SnapshotInfo checkpoint)
    {
        Durable.Checkpoint = checkpoint;
        Written.Checkpoint = checkpoint;
    }

    public void Drop(LogIndex upTo)
    {
        foreach (DiskImage image in new[] { Durable, Written })
        {
            foreach (ulong key in image.Entries.Keys.Where(key => key <= upTo.Value).ToList())
                image.Entries.Remove(key);
        }
    }

    /// <summary>Power is cut: of the writes that are not durable the first <paramref name="kept"/> happen to survive.</summary>
    public void PowerCut(int kept)
    {
        Sync(kept);
        pending.Clear();
        DurableNumber = WriteNumber.None;
        Written = new DiskImage(isPrefix) { HardState = Durable.HardState, Checkpoint = Durable.Checkpoint };
        foreach ((ulong key, StoredEntry entry) in Durable.Entries)
            Written.Entries[key] = entry;
    }
}
