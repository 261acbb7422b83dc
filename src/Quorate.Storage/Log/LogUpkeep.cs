using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Directories;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Records;

/// <summary>Keeps a segment prepared ahead, and takes out those whose entries are of no more use.</summary>
internal sealed class LogUpkeep
{
    private readonly SegmentedLog log;
    private readonly SegmentStore segments;
    private readonly LogReader reader;
    private readonly JobRunner preparing;
    private readonly DiskCalls prepareCalls;
    private bool isRecycling;
    private bool awaitsHardState;
    private bool lacksSpace;
    private bool? room; // as last told

    public LogUpkeep(IDisk disk, SegmentedLog log, SegmentStore segments, LogReader reader)
    {
        this.log = log;
        this.segments = segments;
        this.reader = reader;
        preparing = new JobRunner(disk);
        prepareCalls = new DiskCalls(preparing, background: true);
    }

    /// <summary>Starts to prepare the next segment unless it is there or under way.</summary>
    public void PrepareNext()
    {
        if (segments.Prepared is null && !preparing.IsBusy)
            preparing.Add(Prepare(), PrepareFailed);
    }

    /// <summary>Looks for space again where it was missing.</summary>
    public void Idle()
    {
        if (lacksSpace)
            PrepareNext();
    }

    /// <summary>Takes the oldest segments out, one after the other, as far as all their entries were dropped.</summary>
    public void Recycle()
    {
        if (isRecycling || segments.Live.Count < 2 || log.HasFailed)
            return;
        Segment first = segments.Live[0];
        foreach (GroupReach reach in first.Reach)
        {
            if (reach.Index > log.Groups.Of(reach.Group).Dropped)
                return;
        }

        AnnounceRemoval(first);
        if (!log.IsHardStateDurable)
        {
            awaitsHardState = true;
            log.Begin();
            return;
        }

        isRecycling = true;
        reader.Run(RemoveFirst());
    }

    /// <summary>What the segment's absence means must be durable before it is absent.</summary>
    private void AnnounceRemoval(Segment first)
    {
        HardStateBook book = log.HardState.Book;
        foreach (GroupReach reach in first.Reach)
        {
            // An epoch in force may stand nowhere but in these records.
            log.HardState.IsDirty |= book.Raise(reach.Group, reach.Epoch);
            log.HardState.IsDirty |= book.RaiseFloor(reach.Group, LogIndex.Min(reach.Index, log.Groups.Of(reach.Group).Dropped));
        }

        if (book.FirstSegment > first.Sequence)
            return;
        book.FirstSegment = first.Sequence + 1;
        log.HardState.IsDirty = true;
    }

    /// <summary>A write has ended; perhaps the hard state's.</summary>
    public void HardStateDurable()
    {
        if (!awaitsHardState || !log.IsHardStateDurable)
            return;
        awaitsHardState = false;
        Recycle();
    }

    private IEnumerable<DiskRequest?> RemoveFirst()
    {
        foreach (DiskRequest? request in segments.RemoveFirst(reader.Calls))
            yield return request;
        isRecycling = false;
        Idle();
        Recycle();
    }

    private IEnumerable<DiskRequest?> Prepare()
    {
        if (lacksSpace && !segments.HasSpare)
        {
            // A disk that is nearly full is not filled with zeros ten times a second to find out that they do not fit.
            yield return prepareCalls.FreeSpace();
            prepareCalls.Expect("looking for space");
            if (prepareCalls.Transferred < segments.SegmentBytes)
                yield break;
        }

        foreach (DiskRequest? request in segments.Prepare(prepareCalls))
            yield return request;
        lacksSpace = false;
        TellRoom(true);
        log.Begin();
    }

    private void PrepareFailed(DiskFaultException fault)
    {
        if (fault.Error != DiskError.NoSpace)
        {
            log.Fail(fault.Message);
            return;
        }

        lacksSpace = true;
        TellRoom(false);
    }

    private void TellRoom(bool now)
    {
        if (room == now || log.HasFailed)
            return;
        room = now;
        log.Events.Room(now);
    }
}
