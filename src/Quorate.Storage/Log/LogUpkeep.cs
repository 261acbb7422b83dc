using Quorate.Consensus;
using Quorate.Platform;
using Quorate.Storage.Directories;
using Quorate.Storage.Jobs;

namespace Quorate.Storage.Records;

/// <summary>Keeps a segment prepared ahead, and takes out those whose entries are of no more use.</summary>
internal sealed class LogUpkeep
{
    // A member that starts has votes and names to sync: zeros can wait until it rests, or has used a part of the first segment.
    private const int RestsBeforeFirst = 10;
    private const int PartBeforeFirst = 8;

    private readonly SegmentedLog log;
    private readonly SegmentStore segments;
    private readonly LogReader reader;
    private readonly JobRunner preparing;
    private readonly DiskCalls prepareCalls;
    private bool isRecycling;
    private bool awaitsHardState;
    private bool lacksSpace;
    private bool? room; // as last told
    private int restsLeft = RestsBeforeFirst;
    private int payloadWanted; // by the next segment to be prepared

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

    /// <summary>
    /// An entry of that length does not fit the active segment. Where it fits none of the usual size, the next one to be prepared is made for
    /// it; one that is prepared already is sealed empty.
    /// </summary>
    public void Want(int payloadLength) => payloadWanted = Math.Max(payloadWanted, payloadLength);

    /// <summary>The log is open: the next segment is prepared, behind a small first one a little later.</summary>
    public void Begun()
    {
        if (segments.Active.SizeBytes >= segments.SegmentBytes || segments.HasSpare)
            PrepareNext();
    }

    /// <summary>The log rests: looks for space again where it was missing, and for segments that a start left.</summary>
    public void Idle()
    {
        Recycle();
        if (lacksSpace || (segments.Prepared is null && --restsLeft <= 0))
            PrepareNext();
    }

    /// <summary>The active segment has grown.</summary>
    public void Grown()
    {
        if (segments.Prepared is null && segments.Active.End > segments.Active.SizeBytes / PartBeforeFirst)
            PrepareNext();
    }

    /// <summary>Takes the oldest segments out, one after the other, as far as nobody needs their entries.</summary>
    public void Recycle()
    {
        if (isRecycling || segments.Live.Count < 2 || log.HasFailed)
            return;
        Segment first = segments.Live[0];
        foreach (GroupReach reach in first.Reach)
        {
            if (!log.Groups.Of(reach.Group).CanLose(first, reach))
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
        if (lacksSpace)
            PrepareNext();
        Recycle();
    }

    private IEnumerable<DiskRequest?> Prepare()
    {
        int payloadLength = payloadWanted;
        int sizeBytes = Math.Max(segments.SegmentBytes, Segment.SegmentBytesOf(payloadLength));
        if (lacksSpace && !(segments.HasSpare && sizeBytes == segments.SegmentBytes))
        {
            // A disk that is nearly full is not filled with zeros ten times a second to find out that they do not fit.
            yield return prepareCalls.FreeSpace();
            prepareCalls.Expect("looking for space");
            if (prepareCalls.Transferred < sizeBytes)
                yield break;
        }

        foreach (DiskRequest? request in segments.Prepare(prepareCalls, payloadLength))
            yield return request;
        // Only now: where the disk had no room for it, a usual one in its place would be sealed empty, one a try, until no disk is left.
        if (payloadWanted <= payloadLength)
            payloadWanted = 0;
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
