using System.Runtime.InteropServices;
using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Records;

/// <summary>
/// The log's hot path: one flush at a time. Whatever queued up while the last one was synced goes into the next: its records and identities are
/// written, synced once, then the hard state where it changed. Owner: the storage thread.
/// </summary>
internal sealed class SegmentedLog : ILog, IDiskWaiter
{
    private readonly IDisk disk;
    private readonly ILogEvents events;
    private readonly SegmentStore segments;
    private readonly GroupSet groups;
    private readonly HardStateWriter hard;
    private readonly IInstaller installer;
    private readonly LogUpkeep upkeep;
    private readonly LogReader reader;
    private readonly Flush flush;
    private readonly DiskRequest recordsRequest;
    private readonly DiskRequest identitiesRequest;
    private readonly DiskRequest syncRequest;

    private readonly Queue<LogBatch> queued = new();
    private readonly List<LogBatch> taken = []; // in the flush whole: to be given back
    private int nextWrite; // in the queue's first batch
    private int nextEntry; // in that write
    private Phase phase;
    private int writesPending;
    private bool unmarked; // no durable header says how far the log is durable

    public SegmentedLog(IDisk disk, LogParts parts, StorageOptions options, ILogEvents events, IInstaller installer)
    {
        this.disk = disk;
        this.events = events;
        this.installer = installer;
        segments = parts.Segments;
        groups = parts.Groups;
        Durable = segments.Active.EndOffset;
        hard = new HardStateWriter(disk, this, parts.HardState, parts.HardStateFile);
        flush = new Flush(options.FlushBytesMax);
        reader = new LogReader(disk, this, segments);
        upkeep = new LogUpkeep(disk, this, segments, reader);
        recordsRequest = new DiskRequest(this) { Operation = DiskOperation.Write };
        identitiesRequest = new DiskRequest(this) { Operation = DiskOperation.Write };
        syncRequest = new DiskRequest(this) { Operation = DiskOperation.Sync };
    }

    private enum Phase : byte
    {
        Idle,
        Writing,
        Syncing,
        WritingHardState,
        Installing,
        Failed,
    }

    /// <summary>The log is durable up to here.</summary>
    public long Durable { get; private set; }

    /// <summary>Its groups.</summary>
    public GroupSet Groups => groups;

    /// <summary>Who is told.</summary>
    public ILogEvents Events => events;

    /// <summary>Whether it has stopped for good.</summary>
    public bool HasFailed => phase == Phase.Failed;

    /// <summary>Whether the hard state's file holds all that its book does.</summary>
    public bool IsHardStateDurable => !hard.IsDirty && phase != Phase.WritingHardState;

    /// <summary>The hard state, to be raised by an epoch that goes with a dropped segment.</summary>
    public HardStateWriter HardState => hard;

    /// <inheritdoc/>
    public void Write(LogBatch batch)
    {
        Invariant.Check(batch.Writes.Count > 0);
        queued.Enqueue(batch);
        Begin();
    }

    /// <inheritdoc/>
    public void Load(GroupId group, LoadRequest request) => reader.Load(groups.Of(group), request);

    /// <inheritdoc/>
    public void Drop(GroupId group, LogIndex upTo)
    {
        Invariant.Check(upTo <= installer.CheckpointIndex(group)); // what no checkpoint holds must stay
        GroupLog log = groups.Of(group);
        if (upTo <= log.Dropped)
            return;
        log.Drop(upTo);
        upkeep.Recycle();
    }

    /// <summary>Gives the surviving records of a group to <paramref name="start"/>.</summary>
    public void Recover(GroupId group, IStorageStart start) => reader.Replay(groups.Of(group), start);

    /// <summary>Writes the mark if it is missing; looks for space again if that was.</summary>
    public void Idle()
    {
        upkeep.Idle();
        if (phase != Phase.Idle || queued.Count > 0 || !unmarked)
            return;
        flush.Begin(segments.Active, Durable);
        if (!flush.FitsSegment(0))
            return; // the seal that comes next is a mark as well
        flush.AddMark();
        unmarked = false;
        SubmitFlush();
    }

    /// <summary>Prepares the next segment; at start.</summary>
    public void Begun() => upkeep.Begun();

    /// <summary>Stops for good, and says why.</summary>
    public void Fail(string cause)
    {
        if (phase == Phase.Failed)
            return;
        Stop();
        events.Failed(cause);
    }

    /// <summary>Stops for good.</summary>
    public void Stop() => phase = Phase.Failed;

    /// <summary>Starts the next flush if there is something to write and nothing under way.</summary>
    public void Begin()
    {
        if (phase != Phase.Idle || (queued.Count == 0 && !hard.IsDirty))
            return;
        flush.Begin(segments.Active, Durable);
        Gather();
        if (flush.Count > 0)
            SubmitFlush();
        else if (hard.IsDirty)
            BeginHardState();
        else if (queued.Count > 0 && NextWrite().Kind == LogWriteKind.Install)
            BeginInstall();
        // Else the segment is full and the next is not there yet: LogUpkeep calls again when it is.
    }

    /// <inheritdoc/>
    public void Completed(DiskRequest request)
    {
        if (phase == Phase.Failed)
            return;
        if (request.Error != DiskError.None)
        {
            // Never again: after a failed sync the kernel may have dropped the pages and would report success (fsyncgate, 2018).
            Fail($"{(request.Operation == DiskOperation.Sync ? "syncing" : "writing")} the log: {DiskFaultException.Spell(request.Error)}");
            return;
        }

        switch (phase)
        {
            case Phase.Writing:
                if (--writesPending == 0)
                    SubmitSync();
                break;
            case Phase.Syncing:
                FlushDurable();
                break;
            case Phase.WritingHardState:
                GiveBack();
                if (hard.Advance())
                    Finish();
                break;
            case Phase.Idle or Phase.Installing or Phase.Failed:
                throw new InvariantBrokenException($"disk request completed while {phase}");
        }
    }

    /// <summary>The snapshot is published; records it replaces are void.</summary>
    public void Installed(GroupId group, long cutOffset, LogIndex cutIndex)
    {
        if (phase == Phase.Failed)
            return;
        Invariant.Check(phase == Phase.Installing);
        GroupLog log = groups.Of(group);
        if (cutOffset > log.CutOffset)
        {
            log.CutOffset = cutOffset;
            log.CutIndex = cutIndex;
            log.Index.Void(cutIndex);
        }
        else
        {
            log.Drop(NextWrite().Snapshot!.Index);
        }

        // A start that finds a checkpoint below it must not take the records that are left for the whole log.
        hard.Book.RaiseFloor(group, NextWrite().Snapshot!.Index);
        TakeWrite(log, NextWrite());
        BeginHardState();
        upkeep.Recycle();
    }

    /// <summary>Looks up the epoch of an entry; nothing may be queued to be written before.</summary>
    public IEnumerable<DiskRequest?> FindEpoch(DiskCalls calls, GroupLog group, LogIndex index, EpochFound found) =>
        LogReader.FindEpoch(calls, segments, group, index, found);

    private LogWrite NextWrite() => queued.Peek().Writes[nextWrite];

    /// <summary>Puts queued writes into the flush, in order, up to its bounds or to an install.</summary>
    private void Gather()
    {
        while (queued.TryPeek(out LogBatch? batch))
        {
            LogWrite write = batch.Writes[nextWrite];
            GroupLog log = groups.Of(batch.Group);
            Invariant.Check(log.Taken == WriteNumber.None || write.Number == log.Taken.Next);
            bool whole = write.Kind switch
            {
                LogWriteKind.Append => GatherEntries(log, batch, write),
                LogWriteKind.TruncateAfter => GatherTruncate(log, write.Index),
                LogWriteKind.HardState => GatherHardState(log, write.HardState),
                LogWriteKind.Install => false, // a barrier: all before it is durable first
            };
            if (!whole)
                return;
            TakeWrite(log, write);
        }
    }

    private bool GatherEntries(GroupLog log, LogBatch batch, in LogWrite write)
    {
        ReadOnlySpan<Entry> entries = CollectionsMarshal.AsSpan(batch.Entries).Slice(write.EntryStart, write.EntryCount);
        for (; nextEntry < entries.Length; nextEntry++)
        {
            ref readonly Entry entry = ref entries[nextEntry];
            if (!MakeRoom(entry.Payload.Length))
                return false;
            log.Index.Set(entry.Index, flush.Add(log.Group, entry));
        }

        return true;
    }

    private bool GatherTruncate(GroupLog log, LogIndex after)
    {
        if (!MakeRoom(0))
            return false;
        flush.AddTruncate(log.Group, after);
        log.Index.TruncateAfter(after);
        return true;
    }

    private bool GatherHardState(GroupLog log, HardState state)
    {
        hard.Book.Set(log.Group, state);
        hard.IsDirty = true;
        return true;
    }

    /// <summary>Whether the flush takes one more record; seals the segment when it does not hold it and the next is there.</summary>
    private bool MakeRoom(int payloadLength)
    {
        if (!flush.HasRoom(payloadLength))
            return false;
        if (flush.FitsSegment(payloadLength))
            return true;
        // What is prepared and holds it is all that it wants: the one after that is of the usual size again.
        if (segments.Prepared is not { } next || !next.IsMadeFor(payloadLength))
            upkeep.Want(payloadLength);
        if (segments.Prepared is not null)
            flush.AddSeal();
        else
            upkeep.PrepareNext();
        return false;
    }

    private void TakeWrite(GroupLog log, in LogWrite write)
    {
        log.Taken = write.Number;
        nextEntry = 0;
        nextWrite++;
        if (nextWrite < queued.Peek().Writes.Count)
            return;
        taken.Add(queued.Dequeue());
        nextWrite = 0;
    }

    private void SubmitFlush()
    {
        phase = Phase.Writing;
        writesPending = 2;
        recordsRequest.File = flush.Segment.File;
        recordsRequest.Offset = flush.RecordsAt;
        recordsRequest.Buffer = flush.Records;
        identitiesRequest.File = flush.Segment.File;
        identitiesRequest.Offset = flush.IdentitiesAt;
        identitiesRequest.Buffer = flush.Identities;
        disk.Submit(recordsRequest);
        disk.Submit(identitiesRequest);
    }

    private void SubmitSync()
    {
        phase = Phase.Syncing;
        syncRequest.File = flush.Segment.File;
        disk.Submit(syncRequest);
        GiveBack();
    }

    private void FlushDurable()
    {
        Durable = flush.EndOffset;
        unmarked |= flush.HasContent;
        flush.Apply();
        if (flush.Sealed)
        {
            segments.Advance();
            upkeep.PrepareNext();
        }

        upkeep.Grown();

        if (hard.IsDirty)
            BeginHardState();
        else
            Finish();
    }

    private void BeginHardState()
    {
        phase = Phase.WritingHardState;
        hard.Begin(Durable);
    }

    private void BeginInstall()
    {
        phase = Phase.Installing;
        installer.Install(groups.Of(queued.Peek().Group), NextWrite().Snapshot!, Durable);
    }

    /// <summary>The batches whose bytes are taken go back to the loop, with their references.</summary>
    private void GiveBack()
    {
        foreach (LogBatch batch in taken)
            events.Written(batch);
        taken.Clear();
    }

    private void Finish()
    {
        // Told before the phase changes: whoever writes in answer is only queued, and no number moves under this loop.
        IList<GroupLog> all = groups.All;
        for (int i = 0; i < all.Count; i++)
        {
            GroupLog log = all[i];
            if (log.Taken <= log.Durable)
                continue;
            log.Durable = log.Taken;
            events.Durable(log.Group, log.Durable);
        }

        phase = Phase.Idle;
        reader.Wake();
        upkeep.HardStateDurable();
        Begin();
    }
}
