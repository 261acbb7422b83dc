using Quorate.Consensus;

namespace Quorate.Simulation.Scenarios;

/// <summary>An entry on a scenario's disk.</summary>
internal sealed record StoredEntry(LogIndex Index, Epoch Epoch, EntryKind Kind, byte[] Bytes);

/// <summary>What a disk keeps of an entry.</summary>
internal delegate StoredEntry StoreEntry(in Entry entry);

/// <summary>What a log, a hard state and a checkpoint come to after a number of writes.</summary>
internal sealed class DiskState
{
    /// <summary>By index, without a gap for a prefix log.</summary>
    public SortedList<ulong, StoredEntry> Entries { get; private init; } = [];

    public HardState HardState { get; set; }

    public SnapshotInfo Checkpoint { get; set; } = SnapshotInfo.Initial(Configuration.Empty);

    /// <summary>The last entry dropped from the front of the log.</summary>
    public (LogIndex Index, Epoch Epoch) Dropped { get; set; }

    public DiskState Copy() => new()
    {
        Entries = new SortedList<ulong, StoredEntry>(Entries), HardState = HardState, Checkpoint = Checkpoint, Dropped = Dropped,
    };

    public void TruncateAfter(LogIndex index)
    {
        while (Entries.Count > 0 && Entries.GetKeyAtIndex(Entries.Count - 1) > index.Value)
            Entries.RemoveAt(Entries.Count - 1);
    }

    public void DropUpTo(LogIndex index)
    {
        while (Entries.Count > 0 && Entries.GetKeyAtIndex(0) <= index.Value)
        {
            StoredEntry first = Entries.GetValueAtIndex(0);
            Dropped = (first.Index, first.Epoch);
            Entries.RemoveAt(0);
        }
    }

    /// <summary>A snapshot takes the checkpoint's place; by the engine's rule entries past it stay.</summary>
    public void Install(SnapshotInfo snapshot, InstalledLogRule rule)
    {
        bool agrees = rule == InstalledLogRule.KeepAbove;
        agrees |= Entries.TryGetValue(snapshot.Index.Value, out StoredEntry? at) && at.Epoch == snapshot.Epoch;
        if (!agrees)
            Entries.Clear();
        DropUpTo(snapshot.Index);
        Dropped = (snapshot.Index, snapshot.Epoch);
        Checkpoint = snapshot;
    }
}

/// <summary>
/// A member's disk, as a scenario needs it: writes become durable in order and only when told to. A kill keeps what was written,
/// a power cut only what was durable.
/// </summary>
internal sealed class ScenarioDisk
{
    private readonly List<(WriteNumber Number, Action<DiskState> Apply)> pending = [];
    private DiskState durable = new();
    private DiskState written = new();

    /// <summary>While set, nothing becomes durable by itself.</summary>
    public bool Stalled { get; set; }

    /// <summary>All writes, durable or not: what the running core believes its log to be.</summary>
    public DiskState Written => written;

    /// <summary>What a power cut leaves.</summary>
    public DiskState Durable => durable;

    public int PendingCount => pending.Count;

    /// <summary>The newest write; none since the start: <see cref="WriteNumber.None"/>.</summary>
    public WriteNumber Newest { get; private set; }

    /// <summary>Sets what the disk holds before the member first starts.</summary>
    public void Prepare(Action<DiskState> set)
    {
        set(written);
        durable = written.Copy();
    }

    /// <summary>Takes a write of a core.</summary>
    /// <param name="output">What the write is part of.</param>
    /// <param name="write">It.</param>
    /// <param name="rule">What an installed snapshot leaves of the log.</param>
    /// <param name="store">How an entry is kept.</param>
    public void Write(CoreOutput output, in LogWrite write, InstalledLogRule rule, StoreEntry store)
    {
        Invariant.Check(write.Number.Value == Newest.Value + 1); // numbers grow by one
        Newest = write.Number;
        Action<DiskState> apply = Change(output, write, rule, store);
        pending.Add((Newest, apply));
        apply(written);
    }

    /// <summary>Makes the writes up to this one durable.</summary>
    public void SyncUpTo(WriteNumber last) => Sync(pending.Count(p => p.Number <= last));

    /// <summary>Makes the next <paramref name="count"/> writes durable.</summary>
    /// <returns>The last of them; null when there was none.</returns>
    public WriteNumber? Sync(int count)
    {
        count = Math.Min(count, pending.Count);
        if (count == 0)
            return null;
        WriteNumber last = pending[count - 1].Number;
        for (int i = 0; i < count; i++)
            pending[i].Apply(durable);
        pending.RemoveRange(0, count);
        return last;
    }

    /// <summary>The process is gone; its writes lie in the page cache, and the next start syncs them before it goes on.</summary>
    public void Kill()
    {
        Sync(pending.Count);
        Newest = WriteNumber.None;
    }

    /// <summary>What was not durable is gone.</summary>
    public void CutPower()
    {
        pending.Clear();
        written = durable.Copy();
        Newest = WriteNumber.None;
    }

    /// <summary>An empty disk.</summary>
    public void Wipe()
    {
        pending.Clear();
        written = new DiskState();
        durable = new DiskState();
        Newest = WriteNumber.None;
    }

    /// <summary>A checkpoint is published beside the log; it waits for no numbered write.</summary>
    public void Publish(SnapshotInfo checkpoint)
    {
        written.Checkpoint = checkpoint;
        durable.Checkpoint = checkpoint;
    }

    public void DropUpTo(LogIndex index)
    {
        written.DropUpTo(index);
        durable.DropUpTo(index);
    }

    private static Action<DiskState> Change(CoreOutput output, in LogWrite write, InstalledLogRule rule, StoreEntry store)
    {
        switch (write.Kind)
        {
            case LogWriteKind.Append:
                var entries = new List<StoredEntry>();
                foreach (ref readonly Entry entry in output.EntriesOf(write))
                    entries.Add(store(entry));
                return disk => entries.ForEach(e => disk.Entries[e.Index.Value] = e);
            case LogWriteKind.TruncateAfter:
                LogIndex index = write.Index;
                return disk => disk.TruncateAfter(index);
            case LogWriteKind.HardState:
                HardState hard = write.HardState;
                return disk => disk.HardState = hard;
            case LogWriteKind.Install:
                SnapshotInfo snapshot = write.Snapshot!;
                return disk => disk.Install(snapshot, rule);
            default:
                throw new ScenarioFailedException($"unknown log write {write.Kind}");
        }
    }
}
